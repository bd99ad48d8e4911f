/** Something that may happen several times at once: it is over when the last of it is. */
export class Ongoing {
  readonly #going = new Set<{ weight: number }>();

  /** @returns what ends this one and none of the others */
  begin(weight = 1): () => void {
    const one = { weight };
    this.#going.add(one);
    return () => void this.#going.delete(one);
  }

  /** The greatest weight of those that go on; 0 where none does. */
  get worst(): number {
    let worst = 0;
    for (const { weight } of this.#going) worst = Math.max(worst, weight);
    return worst;
  }

  get active(): boolean {
    return this.#going.size > 0;
  }

  endAll(): void {
    this.#going.clear();
  }
}
