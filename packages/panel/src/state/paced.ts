import { Pace, pause } from './pace.ts';

/**
 * Does asynchronous work when asked, one at a time and not more often than every `pauseMs`; asked in between, it does it once more
 * afterwards, ever more rarely while that goes on. The first time is at once.
 */
export class Paced {
  readonly #work: () => Promise<void>;
  readonly #pace: Pace;
  #asked = false;
  #running = false;

  /** @param work must not reject */
  constructor(work: () => Promise<void>, pauseMs: number) {
    this.#work = work;
    this.#pace = new Pace(pauseMs);
  }

  request(): void {
    this.#asked = true;
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#asked) {
      const rest = this.#pace.rest();
      if (rest > 0) await pause(rest);
      this.#pace.done();
      this.#asked = false;
      await this.#work();
    }
    this.#running = false;
  }
}
