/**
 * Does asynchronous work when asked, one at a time and not more often than every `pauseMs`; asked in between, it does it once more
 * afterwards. The first time is at once.
 */
export class Paced {
  readonly #work: () => Promise<void>;
  readonly #pauseMs: number;
  #asked = false;
  #running = false;

  /** @param work must not reject */
  constructor(work: () => Promise<void>, pauseMs: number) {
    this.#work = work;
    this.#pauseMs = pauseMs;
  }

  request(): void {
    this.#asked = true;
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#asked) {
      this.#asked = false;
      await this.#work();
      await new Promise((resolve) => setTimeout(resolve, this.#pauseMs));
    }
    this.#running = false;
  }
}
