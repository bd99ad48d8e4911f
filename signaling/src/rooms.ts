/**
 * Who is in which topic. A topic exists while it has a member; both maps are keyed by words from
 * the wire, which is why they are Maps.
 */

/** Returns a whole number from 0 up to, not including, `end`. */
export type RandomBelow = (end: number) => number;

export class Rooms<Member extends object> {
  readonly #topics = new Map<string, Map<string, Member>>();
  readonly #membersMax: number;
  readonly #randomBelow: RandomBelow;

  constructor(membersMax: number, randomBelow: RandomBelow) {
    this.#membersMax = membersMax;
    this.#randomBelow = randomBelow;
  }

  get size(): number {
    return this.#topics.size;
  }

  find(topic: string, id: string): Member | undefined {
    return this.#topics.get(topic)?.get(id);
  }

  /** The id must be free: who holds it is settled before. False when the topic is full. */
  join(topic: string, id: string, member: Member): boolean {
    const members = this.#topics.get(topic) ?? new Map<string, Member>();
    if (members.size >= this.#membersMax) return false;
    members.set(id, member);
    this.#topics.set(topic, members);
    return true;
  }

  /** Removes this very member; one that took over the id in the meantime stays. */
  leave(topic: string, id: string, member: Member): void {
    const members = this.#topics.get(topic);
    if (members?.get(id) !== member) return;
    members.delete(id);
    if (members.size === 0) this.#topics.delete(topic);
  }

  /** Up to `count` other members, each as likely as the next. */
  sample(topic: string, exceptId: string, count: number): string[] {
    const ids = [...(this.#topics.get(topic)?.keys() ?? [])].filter((id) => id !== exceptId);
    const taken = Math.min(count, ids.length);
    for (let index = 0; index < taken; index += 1) {
      const other = index + this.#randomBelow(ids.length - index);
      const [a, b] = [ids[index], ids[other]];
      if (a === undefined || b === undefined) throw new Error('BUG! sample index out of range');
      ids[index] = b;
      ids[other] = a;
    }
    return ids.slice(0, taken);
  }
}
