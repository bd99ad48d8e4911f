import { html, nothing } from 'lit';
import type { ReactiveController, ReactiveControllerHost, TemplateResult } from 'lit';

/** Loads the code of a part when it is first shown. What cannot be loaded says so and can be tried again. */
export class LazyPart implements ReactiveController {
  loaded = false;
  readonly #host: ReactiveControllerHost;
  readonly #import: () => Promise<unknown>;
  #loading = false;
  #failed = false;

  constructor(host: ReactiveControllerHost, load: () => Promise<unknown>) {
    this.#host = host;
    this.#import = load;
    host.addController(this);
  }

  hostConnected(): void {
    this.#failed = false;
  }

  load(): void {
    if (this.loaded || this.#loading || this.#failed) return;
    this.#loading = true;
    this.#import()
      .then(
        () => {
          this.loaded = true;
        },
        () => {
          this.#failed = true;
        },
      )
      .finally(() => {
        this.#loading = false;
        this.#host.requestUpdate();
      });
  }

  /** What to show where the part failed to load. */
  failure(): TemplateResult | typeof nothing {
    if (!this.#failed) return nothing;
    return html`<p class="error" role="alert">
      This part of the app could not be loaded. It may be a newer version by now: reload the page.
      <button
        @click=${() => {
          this.#failed = false;
          this.load();
        }}
      >
        Try again
      </button>
    </p>`;
  }
}
