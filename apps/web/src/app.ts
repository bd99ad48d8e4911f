import { LazyPart, panelControls, panelTokens } from '@grapevine/panel';
import type { Theme } from '@grapevine/panel';
import { LitElement, html } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { appStyles } from './app.styles.ts';
import { persistAfterFirstWrite } from './offline.ts';
import { RoomSwitcher } from './room-switcher.ts';
import type { RoomState } from './room-switcher.ts';
import type { otherRooms } from './rooms.ts';
import { loadTheme, saveTheme } from './theme.ts';

/** The whole page: opens the room the address bar names and shows it. */
@customElement('grapevine-app')
class GrapevineApp extends LitElement {
  static override readonly styles = [panelTokens, panelControls, appStyles];

  @property({ reflect: true }) theme: Theme = loadTheme();
  @state() private current: RoomState = { at: 'opening' };
  readonly #switcher = new RoomSwitcher(
    { search: async () => (await import('./search.ts')).searchInWorker() },
    (current) => {
      this.#onState(current);
    },
  );
  #otherRooms: typeof otherRooms | undefined;
  /** Comes a little later: nobody looks for another room first. */
  readonly #roomsPart = new LazyPart(this, async () => {
    this.#otherRooms = (await import('./rooms.ts')).otherRooms;
  });
  #opened = new AbortController();
  /** What waits for the person to say that what they typed may be lost. */
  #leave: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('hashchange', this.#onHashChange);
    addEventListener('beforeunload', this.#onUnload);
    this.#openAddress();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.#onHashChange);
    removeEventListener('beforeunload', this.#onUnload);
  }

  protected override render(): TemplateResult {
    const { current } = this;
    switch (current.at) {
      case 'opening':
        return html`<p class="opening muted" role="status">Opening the room…</p>`;
      case 'failed':
        return this.#failure(current.error);
      case 'open':
        return html`<grapevine-panel
            .room=${current.room}
            theme=${this.theme}
            config-url="config.json"
            with-rooms
            @grapevine-theme-chosen=${(event: CustomEvent<Theme>) => {
              this.theme = event.detail;
              saveTheme(event.detail);
            }}
          >
            <div slot="rooms" class="stack">${this.#rooms()}</div>
          </grapevine-panel>
          ${this.#leaveDialog()}`;
    }
  }

  #failure(error: unknown): TemplateResult {
    const message = error instanceof Error ? error.message : 'This room could not be opened.';
    const action =
      error instanceof Error && 'action' in error && typeof error.action === 'string'
        ? error.action
        : 'Try again, or check the link.';
    return html`<main class="page">
      <h1>This room could not be opened</h1>
      <div class="card stack" role="alert">
        <p><strong>${message}</strong></p>
        <p>${action}</p>
      </div>
      <div><button @click=${this.#openAddress}>Try again</button></div>
      ${this.#rooms()}
    </main>`;
  }

  #rooms(): TemplateResult {
    this.#roomsPart.load();
    const isOpen = this.current.at === 'open';
    return this.#otherRooms?.(isOpen, this.#startNew) ?? this.#roomsPart.waiting();
  }

  #leaveDialog(): TemplateResult {
    return html`<dialog class="leaving" aria-labelledby="leaving" @close=${this.#onAnswer}>
      <form method="dialog" class="stack">
        <h2 id="leaving">Leave this room?</h2>
        <p>What you typed has not been saved.</p>
        <div class="row">
          <button value="leave">Leave</button>
          <button class="primary" value="stay" autofocus>Stay here</button>
        </div>
      </form>
    </dialog>`;
  }

  /** Goes on at once, or after asking where something typed would be lost. */
  #leaveBy(leave: () => void): void {
    const dialog = this.renderRoot.querySelector('dialog');
    if (dialog === null || !this.#isUnsaved) {
      leave();
      return;
    }
    this.#leave = leave;
    // Escape answers nothing: what was answered the last time must not count.
    dialog.returnValue = '';
    dialog.showModal();
  }

  readonly #onAnswer = (event: Event): void => {
    const leave = this.#leave;
    this.#leave = undefined;
    if (!(event.target instanceof HTMLDialogElement)) return;
    if (event.target.returnValue === 'leave') leave?.();
    else this.#showAddress();
  };

  /** Puts the open room's link back into the address bar; the other one stays a step behind. */
  #showAddress(): void {
    if (this.current.at !== 'open') return;
    const { hash } = new URL(this.current.room.link);
    if (location.hash !== hash) history.pushState(null, '', hash);
  }

  get #isUnsaved(): boolean {
    return this.renderRoot.querySelector('grapevine-panel')?.unsaved ?? false;
  }

  readonly #onHashChange = (): void => {
    this.#leaveBy(this.#openAddress);
  };

  /** The browser asks in its own words. */
  readonly #onUnload = (event: BeforeUnloadEvent): void => {
    if (this.#isUnsaved) event.preventDefault();
  };

  readonly #openAddress = (): void => {
    const named = location.hash.length > 1;
    void this.#switcher.open(named ? location.href : undefined);
  };

  readonly #startNew = (): void => {
    this.#leaveBy(() => {
      history.pushState(null, '', `${location.pathname}${location.search}`);
      this.#openAddress();
    });
  };

  #onState(current: RoomState): void {
    this.#opened.abort();
    this.#opened = new AbortController();
    this.current = current;
    const room = current.at === 'open' ? current.room : undefined;
    Object.assign(globalThis, { grapevine: room });
    if (room === undefined) return;
    // A new room gets its link where links belong; no event comes of it.
    if (location.hash.length <= 1) history.replaceState(null, '', room.link);
    // Refused or without storage: the browser then decides what it keeps, as it did before.
    persistAfterFirstWrite(room, this.#opened.signal).catch(() => undefined);
    // Without it, or with the room left meanwhile, the others have one number less to add up.
    import('./room-figures.ts')
      .then(({ shareFigures }) => shareFigures(room))
      .catch(() => undefined);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-app': GrapevineApp;
  }
}
