/**
 * A newcomer claims the member id of an older socket. The id belongs to the older one while it
 * lives, so it is asked for a sign of life; otherwise whoever learns an id could push its holder
 * out. While one newcomer waits for the answer, the next is told at once that the holder lives.
 */
export class Claim {
  #settle: ((alive: boolean) => void) | undefined;

  /** `settle` runs exactly once: after a sign of life, the end of the socket, or the timeout. */
  open(timeoutMs: number, onTimeout: () => void, settle: (alive: boolean) => void): boolean {
    if (this.#settle !== undefined) {
      settle(true);
      return false;
    }
    const timer = setTimeout(onTimeout, timeoutMs);
    this.#settle = (alive) => {
      clearTimeout(timer);
      this.#settle = undefined;
      settle(alive);
    };
    return true;
  }

  /** Does nothing when nobody claims. */
  settle(alive: boolean): void {
    this.#settle?.(alive);
  }
}
