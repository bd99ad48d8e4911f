/**
 * A newcomer claims the member id of an older socket. The id belongs to the older one while it
 * lives, so it is pinged; otherwise whoever learns an id could push its holder out. Only the pong
 * counts: frames may have waited on a broken line that its owner has given up. While one newcomer waits for the answer, the next is told at once that the holder lives.
 */
export class Claim {
  #settle: ((alive: boolean) => void) | undefined;
  #count = 0;

  /** `settle` runs exactly once: after the right pong, the end of the socket, or the timeout. */
  open(timeoutMs: number, onTimeout: () => void, settle: (alive: boolean) => void): boolean {
    if (this.#settle !== undefined) {
      settle(true);
      return false;
    }
    this.#count += 1;
    const timer = setTimeout(onTimeout, timeoutMs);
    this.#settle = (alive) => {
      clearTimeout(timer);
      this.#settle = undefined;
      settle(alive);
    };
    return true;
  }

  /** What the ping carries and its pong brings back: an older pong answers nothing. */
  get question(): string {
    return `claim ${this.#count}`;
  }

  /** Does nothing when nobody claims. */
  settle(alive: boolean): void {
    this.#settle?.(alive);
  }
}
