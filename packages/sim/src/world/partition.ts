/** Two halves of a room that cannot hear each other, or of which one cannot hear the other. */
export class Partition {
  /** Counts partitions. */
  epoch = 0;
  active = false;
  oneWay = false;
  #sideOf: (member: number) => 0 | 1 = () => 0;

  begin(sideOf: (member: number) => 0 | 1, oneWay: boolean): number {
    this.active = true;
    this.oneWay = oneWay;
    this.#sideOf = sideOf;
    return ++this.epoch;
  }

  end(): void {
    this.active = false;
  }

  side(member: number): 0 | 1 {
    return this.#sideOf(member);
  }

  /** Nothing gets from one to the other. One way: not from side 0 to side 1. */
  blocks(from: number, to: number): boolean {
    if (!this.active) return false;
    const side = this.#sideOf(from);
    return side !== this.#sideOf(to) && (!this.oneWay || side === 0);
  }

  /** A new link needs both ways. */
  parts(a: number, b: number): boolean {
    return this.blocks(a, b) || this.blocks(b, a);
  }
}
