import { html, nothing } from 'lit';
import type { ReactiveController, ReactiveControllerHost, TemplateResult } from 'lit';

/** Milliseconds after which a page that is never idle fetches ahead all the same. A guess. */
const prefetchAfterMs = 1_000;

/** Loads the code of a part when it is first shown. What cannot be loaded says so and can be tried again. */
export class LazyPart implements ReactiveController {
  loaded = false;
  readonly #host: ReactiveControllerHost;
  readonly #import: () => Promise<unknown>;
  #loading: Promise<void> | undefined;
  #wanted = false;
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
    // What failed when it was fetched ahead was never told to anybody: it is tried again first.
    if (!this.#wanted) this.#failed = false;
    this.#wanted = true;
    this.#start();
  }

  /** Loads it. Never rejects: says whether the part is there. */
  async ready(): Promise<boolean> {
    this.load();
    await this.#loading;
    return this.loaded;
  }

  /** Loads it as soon as the page is idle, so that it is there at once, and without network, when it is wanted. */
  prefetch(): void {
    const start = (): void => {
      this.#start();
    };
    // Typed as always there; Safari lacks it.
    if (typeof requestIdleCallback === 'undefined') setTimeout(start, prefetchAfterMs);
    else requestIdleCallback(start, { timeout: prefetchAfterMs });
  }

  /** What to show in its place until it is there. */
  waiting(): TemplateResult {
    const failure = this.failure();
    return failure === nothing
      ? html`<p class="muted padded">Reading…</p>`
      : html`<div class="padded">${failure}</div>`;
  }

  /** What to show where the part failed to load. */
  failure(): TemplateResult | typeof nothing {
    if (!this.#failed || !this.#wanted) return nothing;
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

  #start(): void {
    if (this.loaded || this.#loading !== undefined || this.#failed) return;
    this.#loading = this.#import()
      .then(
        () => {
          this.loaded = true;
        },
        () => {
          this.#failed = true;
        },
      )
      .finally(() => {
        this.#loading = undefined;
        this.#host.requestUpdate();
      });
  }
}
