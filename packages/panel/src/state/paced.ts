import { frameCost, nextFrame } from './frame.ts';
import { Pace, pause } from './pace.ts';

/**
 * Does asynchronous work when asked, one at a time and not more often than every `pauseMs`; asked in between, it does it once more
 * afterwards, ever more rarely while that goes on and where it costs much. The first time is at once.
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
      // What it cost may become known meanwhile.
      for (let rest = this.#pace.rest(); rest > 0; rest = this.#pace.rest()) await pause(rest);
      this.#pace.done();
      this.#asked = false;
      const began = performance.now();
      await this.#work();
      const workMs = performance.now() - began;
      nextFrame(() => {
        frameCost((drawnMs) => {
          this.#pace.took(workMs + drawnMs);
        });
      });
    }
    this.#running = false;
  }
}
