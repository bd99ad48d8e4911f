import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** "5 minutes ago" must not stand still; finer than this nobody reads it. A guess. */
const tickMs = 20_000;

/** Draws an element again now and then, for the relative times in it. */
export class ClockController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#timer = setInterval(() => {
      this.#host.requestUpdate();
    }, tickMs);
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
  }
}
