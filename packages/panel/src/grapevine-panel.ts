import type { Room } from '@grapevine/room';
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { icon } from './parts/icons.ts';
import type { IconName } from './parts/icons.ts';
import { LazyPart } from './parts/lazy-part.ts';
import './parts/status-bar.ts';
import type { Notice, Theme, View } from './state/events.ts';
import { RoomController } from './state/room-controller.ts';
import { shared } from './styles/base.ts';
import { panelStyles } from './styles/panel.ts';
import { tokens } from './styles/tokens.ts';
import './views/memory-view.ts';

export interface Tab {
  view: View;
  icon: IconName;
  words: string;
  /** `main` is always there; `wide` only where there is room, else under More; `narrow` is More itself. */
  where: 'main' | 'wide' | 'narrow';
}

const tabs: readonly Tab[] = [
  { view: 'memory', icon: 'memory', words: 'Memory', where: 'main' },
  { view: 'members', icon: 'members', words: 'Members', where: 'main' },
  { view: 'share', icon: 'share', words: 'Share', where: 'main' },
  { view: 'note', icon: 'note', words: 'Live note', where: 'wide' },
  { view: 'transfer', icon: 'transfer', words: 'Import and export', where: 'wide' },
  { view: 'settings', icon: 'settings', words: 'Settings', where: 'wide' },
  { view: 'about', icon: 'about', words: 'Diagnostics', where: 'wide' },
  { view: 'rooms', icon: 'leaf', words: 'Rooms', where: 'wide' },
  { view: 'more', icon: 'more', words: 'More', where: 'narrow' },
];

/**
 * Shows one room: `<grapevine-panel theme="auto">` with the room in its `room` property. Fills the box it is given.
 *
 * @slot rooms - what the page offers about other rooms; shown where `with-rooms` is set
 * @fires grapevine-theme-chosen when a person picks the colours (the panel has changed already; the page may remember it)
 */
@customElement('grapevine-panel')
export class GrapevinePanel extends LitElement {
  static override readonly styles = [tokens, shared, panelStyles];

  @property({ attribute: false }) room: Room | undefined;
  @property({ reflect: true }) theme: Theme = 'auto';
  /** Where the server tells its addresses in the local network (`/config.json`); empty for none. */
  @property({ attribute: 'config-url' }) configUrl = '';
  /** The page offers other rooms, in the slot `rooms`. */
  @property({ type: Boolean, attribute: 'with-rooms' }) withRooms = false;
  @state() private view: View = 'memory';
  @state() private notice: Notice | undefined;

  readonly #follow = new RoomController(this, ['members'], {
    shows: (room) => room.status().members,
  });
  readonly #lazy: Partial<Record<View, LazyPart>> = {
    members: new LazyPart(this, () => import('./lazy/members.ts')),
    share: new LazyPart(this, () => import('./lazy/share.ts')),
    transfer: new LazyPart(this, () => import('./lazy/transfer.ts')),
    note: new LazyPart(this, () => import('./lazy/live-note.ts')),
    settings: new LazyPart(this, () => import('./lazy/settings.ts')),
    more: new LazyPart(this, () => import('./lazy/more.ts')),
    about: new LazyPart(this, () => import('./lazy/about.ts')),
  };

  /** Whether something typed would be lost if the room, or the page, were left now. */
  get unsaved(): boolean {
    return this.renderRoot.querySelector('grapevine-memory')?.unsaved ?? false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.#onKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.#onKey);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('room')) {
      this.notice = undefined;
      if (changed.get('room') !== undefined) this.view = 'memory';
    }
    // A mere message is over when the person goes on; a way back stays open.
    if (changed.has('view') && this.notice?.action === undefined) this.notice = undefined;
  }

  protected override render(): TemplateResult | typeof nothing {
    void this.#follow;
    const { room } = this;
    if (room === undefined) return nothing;
    return html`<div
      class="shell"
      @grapevine-view-chosen=${(event: CustomEvent<View>) => {
        this.view = event.detail;
      }}
      @grapevine-notice=${(event: CustomEvent<Notice>) => {
        // It stays until it is dismissed or something newer is to be said: nobody reads against a clock.
        this.notice = event.detail;
      }}
      @grapevine-theme-chosen=${(event: CustomEvent<Theme>) => {
        this.theme = event.detail;
      }}
    >
      <header>
        <h1 class="brand">${icon('grapes')}<span>Grapevine</span></h1>
        <nav aria-label="Views">${this.#tabs().map((tab) => this.#tab(tab, room))}</nav>
      </header>
      <grapevine-status .room=${room}></grapevine-status>
      <main>${this.#body(room)}</main>
      ${this.#noticePart()}
    </div>`;
  }

  #tabs(): Tab[] {
    return tabs.filter(({ view }) => view !== 'rooms' || this.withRooms);
  }

  #tab(tab: Tab, room: Room): TemplateResult {
    const under =
      tab.where === 'narrow' &&
      tabs.some(({ view, where }) => where === 'wide' && view === this.view);
    const members = tab.view === 'members' ? room.status().members : 0;
    return html`<button
      class="tab ${tab.where} ${under ? 'under' : ''}"
      aria-label=${tab.words}
      aria-current=${this.view === tab.view ? 'page' : nothing}
      @click=${() => {
        this.view = tab.view;
      }}
    >
      ${icon(tab.icon)}<span>${tab.words}</span>${
        members > 1 ? html`<span class="badge own">${members}</span>` : nothing
      }
    </button>`;
  }

  #body(room: Room): TemplateResult {
    const part = this.#lazy[this.view];
    part?.load();
    // Memory stays in place: its search, its scroll and what is being typed survive a look elsewhere.
    return html`
      <grapevine-memory .room=${room} ?hidden=${this.view !== 'memory'}></grapevine-memory>
      ${part === undefined ? nothing : part.failure()} ${this.#other(room, part?.loaded ?? true)}
    `;
  }

  #other(room: Room, loaded: boolean): TemplateResult | typeof nothing {
    if (!loaded) return html`<p class="page muted">Loading…</p>`;
    switch (this.view) {
      case 'memory':
        return nothing;
      case 'members':
        return html`<grapevine-members .room=${room}></grapevine-members>`;
      case 'share':
        return html`<grapevine-share .room=${room} .configUrl=${this.configUrl}></grapevine-share>`;
      case 'transfer':
        return html`<grapevine-transfer .room=${room}></grapevine-transfer>`;
      case 'note':
        return html`<grapevine-live-note .room=${room}></grapevine-live-note>`;
      case 'settings':
        return html`<grapevine-settings .room=${room}></grapevine-settings>`;
      case 'about':
        return html`<grapevine-about .room=${room} .chosenTheme=${this.theme}></grapevine-about>`;
      case 'rooms':
        return html`<div class="page"><slot name="rooms"></slot></div>`;
      case 'more':
        return html`<grapevine-more .tabs=${this.#tabs()}></grapevine-more>`;
    }
  }

  #noticePart(): TemplateResult {
    const { notice } = this;
    const close = (): void => {
      this.notice = undefined;
    };
    return html`<div class="notice ${notice === undefined ? '' : 'shown'}" role="status">
      ${
        notice === undefined
          ? nothing
          : html`<span>${notice.text}</span>
              ${
                notice.action === undefined
                  ? nothing
                  : html`<button
                      @click=${() => {
                        notice.action?.run();
                        close();
                      }}
                    >
                      ${notice.action.label}
                    </button>`
              }
              <button class="quiet" aria-label="Dismiss" @click=${close}>${icon('close')}</button>`
      }
    </div>`;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (target instanceof HTMLElement && target.matches('input, textarea, select, dialog *'))
      return;
    if (target instanceof HTMLElement && target.isContentEditable) return;
    event.preventDefault();
    this.view = 'memory';
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector('grapevine-memory')?.focusSearch();
    });
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-panel': GrapevinePanel;
  }
}
