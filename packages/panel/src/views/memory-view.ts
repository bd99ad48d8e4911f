import type { NamespaceSummary, Room } from '@grapevine/room';
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { icon } from '../parts/icons.ts';
import { LazyPart } from '../parts/lazy-part.ts';
import { plural } from '../pure/status-words.ts';
import { EntrySource } from '../state/entry-source.ts';
import type { FetchPage } from '../state/entry-source.ts';
import { errorWords } from '../state/events.ts';
import type { Address } from '../state/events.ts';
import { pause } from '../state/pace.ts';
import { Paced } from '../state/paced.ts';
import { RoomController } from '../state/room-controller.ts';
import { shared } from '../styles/base.ts';
import { memoryViewStyles } from '../styles/memory-view.ts';

/** Milliseconds of no typing before a search starts. A guess: two keystrokes of a slow typist. */
const searchPauseMs = 160;
/** Milliseconds between two readings at least while entries pour in. A guess: more than five changes a second nobody reads. */
const readPauseMs = 200;

/** What the room remembers: namespaces, entries, and the one that is open. */
@customElement('grapevine-memory')
class MemoryView extends LitElement {
  static override readonly styles = [shared, memoryViewStyles];

  @property({ attribute: false }) room: Room | undefined;
  @state() private namespace = '';
  @state() private query = '';
  @state() private conflictsOnly = false;
  @state() private opened: Address | undefined;
  @state() private summaries: readonly NamespaceSummary[] = [];
  @state() private total = 0;
  @state() private source: EntrySource | undefined;
  @state() private revision = 0;
  @state() private browsing = false;

  readonly #follow = new RoomController(this, ['memory'], {
    onChange: () => {
      this.#reading.request();
    },
  });
  /** All that a change may change is read and drawn at once. */
  readonly #reading = new Paced(async () => {
    await Promise.all([this.source?.refresh(), this.#summarize()]);
  }, readPauseMs);
  readonly #namespaces = new LazyPart(this, () => import('../lazy/namespace-tree.ts'));
  readonly #rows = new LazyPart(this, () => import('../lazy/entry-list.ts'));
  readonly #empty = new LazyPart(this, () => import('../lazy/empty-room.ts'));
  readonly #entry = new LazyPart(this, () => import('../lazy/entry-detail.ts'));
  readonly #writer = new LazyPart(this, () => import('../lazy/new-entry.ts'));
  #searchTimer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#searchTimer);
  }

  /** For the `/` shortcut. */
  focusSearch(): void {
    this.renderRoot.querySelector<HTMLInputElement>('input[type="search"]')?.focus();
  }

  /** Whether something typed here would be lost with the room. */
  get unsaved(): boolean {
    const parts = this.renderRoot.querySelectorAll('grapevine-new-entry, grapevine-entry');
    return Array.from(parts).some((part) => 'dirty' in part && part.dirty === true);
  }

  newEntry(): void {
    void this.#writer.ready().then((ready) => {
      if (ready) this.renderRoot.querySelector('grapevine-new-entry')?.open(this.namespace);
    });
  }

  open(address: Address): void {
    this.#goTo(address);
  }

  /** What one reading finds is drawn once, not as it comes in. */
  protected override async scheduleUpdate(): Promise<void> {
    await pause(0);
    await super.scheduleUpdate();
  }

  protected override firstUpdated(): void {
    for (const part of [this.#rows, this.#entry, this.#writer]) part.prefetch();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('room')) {
      this.opened = undefined;
      this.namespace = '';
      this.query = '';
      this.conflictsOnly = false;
    }
    const what = ['room', 'namespace', 'query', 'conflictsOnly'];
    if (what.some((name) => changed.has(name))) this.#restart();
  }

  protected override render(): TemplateResult | typeof nothing {
    void this.#follow;
    const { room } = this;
    if (room === undefined) return nothing;
    return html`<div
      class="columns ${this.opened === undefined ? '' : 'opened'} ${this.browsing ? 'browsing' : ''}"
      @grapevine-entry-opened=${(event: CustomEvent<Address>) => {
        this.#goTo(event.detail);
      }}
      @grapevine-entry-closed=${() => {
        this.#goTo('none');
      }}
      @grapevine-namespace-chosen=${(event: CustomEvent<string>) => {
        this.namespace = event.detail;
        this.browsing = false;
      }}
      @keydown=${this.#onKey}
    >
      ${this.#tree()} ${this.#list(room)} ${this.#detail(room)}
      <grapevine-new-entry .room=${room}></grapevine-new-entry>
    </div>`;
  }

  #tree(): TemplateResult {
    this.#namespaces.load();
    if (!this.#namespaces.loaded) {
      return html`<div class="tree">${this.#namespaces.failure()}</div>`;
    }
    return html`<div class="tree">
      <grapevine-namespaces
        .summaries=${this.summaries}
        .total=${this.total}
        .selected=${this.namespace}
      ></grapevine-namespaces>
    </div>`;
  }

  #list(room: Room): TemplateResult {
    return html`<section class="list" aria-label="Entry list">
      <div class="tools" role="search">
        <div class="search">
          ${icon('search')}
          <input
            type="search"
            aria-label="Search memory"
            placeholder="Search"
            autocomplete="off"
            .value=${this.query}
            @input=${this.#onSearch}
          />
        </div>
        ${
          room.readOnly
            ? nothing
            : html`<button
                class="primary"
                aria-label="New entry"
                @click=${() => {
                  this.newEntry();
                }}
              >
                ${icon('plus')}<span class="wide">New entry</span>
              </button>`
        }
      </div>
      ${this.#whyNot(room)}
      <div class="heading small">
        <button
          class="quiet browse"
          aria-expanded=${this.browsing}
          @click=${() => {
            this.browsing = !this.browsing;
          }}
        >
          ${icon(this.browsing ? 'down' : 'right')} ${this.namespace || 'Everything'}
        </button>
        <span class="muted count">${this.#countWords()}</span>
        <label class="filter">
          <input
            type="checkbox"
            .checked=${this.conflictsOnly}
            @change=${() => {
              this.conflictsOnly = !this.conflictsOnly;
            }}
          />
          Only conflicts
        </label>
      </div>
      ${this.#entries(room)}
    </section>`;
  }

  #whyNot(room: Room): TemplateResult | typeof nothing {
    if (room.readOnly) {
      return html`<p class="why small">
        ${icon('lock')} You opened a read-only link: you can read and search. To write, ask for a
        full link.
      </p>`;
    }
    const failure = this.#writer.failure();
    return failure === nothing ? nothing : html`<div class="why">${failure}</div>`;
  }

  #countWords(): string {
    const { source } = this;
    if (source === undefined || !source.ready) return '';
    const count = source.complete
      ? source.items.length
      : Math.max(source.items.length, this.#expected);
    if (this.query !== '')
      return source.complete ? plural(count, 'match', 'matches') : 'many matches';
    return plural(count, 'entry', 'entries');
  }

  get #expected(): number {
    if (this.query !== '' || this.conflictsOnly) return 0;
    if (this.namespace === '') return this.total;
    return this.summaries.find(({ namespace }) => namespace === this.namespace)?.entries ?? 0;
  }

  #entries(room: Room): TemplateResult {
    const { source } = this;
    if (source?.error !== undefined) {
      return html`<p class="error padded" role="alert">
        ${errorWords(source.error)}
        <button
          @click=${() => {
            this.#restart();
          }}
        >
          Try again
        </button>
      </p>`;
    }
    if (source === undefined || !source.ready) return html`<p class="muted padded">Reading…</p>`;
    if (source.items.length === 0) return this.#nothingHere(room);
    this.#rows.load();
    if (!this.#rows.loaded) return this.#rows.waiting();
    return html`<grapevine-entries
      .source=${source}
      .revision=${this.revision}
      .expected=${this.#expected}
      .within=${this.namespace}
      .selected=${this.opened}
    ></grapevine-entries>`;
  }

  #nothingHere(room: Room): TemplateResult {
    if (this.query !== '') return html`<p class="padded">Nothing here matches “${this.query}”.</p>`;
    if (this.conflictsOnly) return html`<p class="padded">No conflicts. Everybody agrees.</p>`;
    if (room.readOnly || this.namespace !== '')
      return html`<p class="padded">Nothing here yet.</p>`;
    this.#empty.load();
    if (!this.#empty.loaded) return this.#empty.waiting();
    return html`<grapevine-empty-room
      class="empty"
      .write=${() => {
        this.newEntry();
      }}
    ></grapevine-empty-room>`;
  }

  #detail(room: Room): TemplateResult {
    return html`<section class="detail" aria-label="Opened entry">
      ${
        this.opened === undefined
          ? html`<div class="hint muted">
              ${icon('leaf')}
              <p>Choose an entry to read it.</p>
            </div>`
          : this.#openedEntry(room, this.opened)
      }
    </section>`;
  }

  #openedEntry(room: Room, address: Address): TemplateResult {
    this.#entry.load();
    if (this.#entry.loaded) {
      return html`<grapevine-entry .room=${room} .address=${address}></grapevine-entry>`;
    }
    return this.#entry.waiting();
  }

  #goTo(wish: Address | 'none'): void {
    const entry = this.renderRoot.querySelector('grapevine-entry');
    const show = (): void => {
      this.#show(wish);
    };
    if (entry?.dirty === true) entry.askToDiscard(show);
    else show();
  }

  #show(wish: Address | 'none'): void {
    const closing = wish === 'none';
    this.opened = closing ? undefined : wish;
    void this.updateComplete.then(() => {
      if (closing) this.renderRoot.querySelector('grapevine-entries')?.focusActive();
    });
  }

  readonly #onSearch = (event: InputEvent): void => {
    if (!(event.target instanceof HTMLInputElement)) return;
    const query = event.target.value.trim();
    clearTimeout(this.#searchTimer);
    this.#searchTimer = setTimeout(() => {
      this.query = query;
    }, searchPauseMs);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    if (target instanceof HTMLInputElement && target.type === 'search') {
      clearTimeout(this.#searchTimer);
      target.value = '';
      this.query = '';
    } else if (this.opened !== undefined) {
      this.#goTo('none');
    }
  };

  #restart(): void {
    this.source?.close();
    const { room, namespace, query, conflictsOnly } = this;
    if (room === undefined) {
      this.source = undefined;
      return;
    }
    const paged = (cursor: string | undefined, limit: number): { limit: number; cursor?: string } =>
      cursor === undefined ? { limit } : { limit, cursor };
    const fetch: FetchPage =
      query === ''
        ? async (cursor, limit) =>
            room.list(namespace, {
              ...paged(cursor, limit),
              ...(conflictsOnly ? { conflicts: true } : {}),
            })
        : async (cursor, limit) => {
            const page = await room.search(query, { ...paged(cursor, limit), namespace });
            const items = conflictsOnly ? page.items.filter((hit) => hit.conflict) : page.items;
            return { items, cursor: page.cursor };
          };
    this.source = new EntrySource(fetch, () => {
      this.revision += 1;
    });
  }

  async #summarize(): Promise<void> {
    const { room } = this;
    if (room === undefined) return;
    try {
      const summaries = await room.listNamespaces();
      if (this.room !== room) return;
      if (!sameSummaries(summaries, this.summaries)) this.summaries = summaries;
      this.total = room.stats().entries;
    } catch {
      // The list beside it says what is wrong.
    }
  }
}

function sameSummaries(
  some: readonly NamespaceSummary[],
  others: readonly NamespaceSummary[],
): boolean {
  return (
    some.length === others.length &&
    some.every(
      ({ namespace, entries }, index) =>
        namespace === others[index]?.namespace && entries === others[index].entries,
    )
  );
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-memory': MemoryView;
  }
}
