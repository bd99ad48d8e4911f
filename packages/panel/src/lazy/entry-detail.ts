import type { Entry, Room } from '@grapevine/room';
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { LazyPart } from '../parts/lazy-part.ts';
import { exactTime, relativeTime } from '../pure/relative-time.ts';
import { sameEntry } from '../pure/same-entry.ts';
import { textOf } from '../pure/value-edit.ts';
import { formatBytes } from '../pure/value-text.ts';
import { ClockController } from '../state/clock-controller.ts';
import { deleteEntry } from '../state/entry-actions.ts';
import { errorWords, send } from '../state/events.ts';
import type { Address } from '../state/events.ts';
import { RoomController } from '../state/room-controller.ts';
import { shared } from '../styles/base.ts';
import { detailsStyles } from '../styles/details.ts';
import { entryDetailStyles } from '../styles/entry-detail.ts';
import { actorName } from './actor.ts';
import type { ConflictView } from './conflict.ts';
import { download } from './download.ts';
import type { EntryEditor } from './entry-editor.ts';
import { lazyIcon } from './icons.ts';

/** Characters shown at once: laying out megabytes of text stops the page for seconds. A guess. */
const shownLength = 100_000;

/** One entry: its text, who wrote it and when, its history, and what can be done with it. */
@customElement('grapevine-entry')
class EntryDetail extends LitElement {
  static override readonly styles = [shared, detailsStyles, entryDetailStyles];

  @property({ attribute: false }) room: Room | undefined;
  @property({ attribute: false }) address: Address | undefined;
  @state() private entry: Entry | undefined;
  @state() private ready = false;
  @state() private editing = false;
  @state() private everything = false;
  @state() private error = '';

  readonly #clock = new ClockController(this);
  readonly #follow = new RoomController(this, ['memory'], {
    onChange: () => void this.#load(),
  });
  readonly #editor = new LazyPart(this, () => import('./entry-editor.ts'));
  readonly #history = new LazyPart(this, () => import('./history.ts'));
  readonly #conflict = new LazyPart(this, () => import('./conflict.ts'));

  #leave: (() => void) | undefined;

  /** Whether closing would lose something typed. */
  get dirty(): boolean {
    // Until its code is here such an element is an unknown one.
    const part: Partial<EntryEditor | ConflictView> | null = this.renderRoot.querySelector(
      'grapevine-entry-editor, grapevine-conflict',
    );
    return part?.dirty === true;
  }

  /** Asks the person; goes on with `leave` where what was typed may be lost. */
  askToDiscard(leave: () => void): void {
    this.#leave = leave;
    this.renderRoot.querySelector('dialog')?.showModal();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('address')) return;
    const before = changed.get('address');
    const { address } = this;
    if (before?.key === address?.key && before?.namespace === address?.namespace) return;
    this.entry = undefined;
    this.ready = false;
    this.editing = false;
    this.everything = false;
    this.error = '';
    void this.#load();
  }

  protected override render(): TemplateResult | typeof nothing {
    void this.#clock;
    void this.#follow;
    const { address } = this;
    if (address === undefined) return nothing;
    return html`<article
      aria-label=${`Entry ${address.key}`}
      @grapevine-edit-ended=${() => {
        this.editing = false;
        // What was saved just now is not to wait among other changes.
        void this.#load();
      }}
    >
      <header>
        <button class="quiet close" aria-label="Close entry" @click=${this.#close}>
          ${lazyIcon('back')}
        </button>
        <div class="title">
          ${address.namespace === '' ? nothing : html`<p class="muted small">${address.namespace}</p>`}
          <h2 tabindex="-1">${address.key}</h2>
        </div>
        ${this.#actions()}
      </header>
      ${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error}</p>`}
      ${this.#body(address)}
      <dialog
        aria-labelledby="discard"
        @keydown=${(event: Event) => {
          event.stopPropagation();
        }}
      >
        <form method="dialog" class="stack">
          <h2 id="discard">Discard your changes?</h2>
          <p>What you typed has not been saved.</p>
          <div class="row">
            <button @click=${() => this.#leave?.()}>Discard</button>
            <button class="primary" autofocus>Keep editing</button>
          </div>
        </form>
      </dialog>
    </article>`;
  }

  #actions(): TemplateResult | typeof nothing {
    const { entry, room } = this;
    if (entry === undefined || room === undefined || room.readOnly || this.editing) return nothing;
    const edit =
      textOf(entry.value) === undefined
        ? nothing
        : html`<button
            @click=${() => {
              this.editing = true;
            }}
          >
            Edit
          </button>`;
    return html`<div class="row actions">
      ${edit}
      <button class="danger" @click=${() => void this.#delete(entry)}>Delete</button>
    </div>`;
  }

  #body(address: Address): TemplateResult {
    if (!this.ready) return html`<p class="muted">Reading…</p>`;
    const { entry } = this;
    if (this.editing) {
      this.#editor.load();
      return html`${this.#editor.failure()}
        <grapevine-entry-editor .room=${this.room} .entry=${entry}></grapevine-entry-editor>`;
    }
    return html`
      ${entry === undefined ? html`<p>This entry is not here: it was deleted or has expired.</p>` : this.#present(entry)}
      ${this.#historyPart(address)}
    `;
  }

  #present(entry: Entry): TemplateResult {
    const now = Date.now();
    const updated = Date.parse(entry.updated_at);
    const self = this.room?.self.author;
    return html`
      <p class="provenance">
        ${lazyIcon(entry.updated_by.kind)}
        <span>
          ${actorName(entry.updated_by, self)}
          <time title=${exactTime(updated)} datetime=${entry.updated_at}
            >${relativeTime(updated, now)}</time
          >
          ${this.#before(entry, now)}
        </span>
      </p>
      ${entry.conflict ? this.#conflictPart(entry) : this.#value(entry)} ${this.#facts(entry)}
    `;
  }

  /** Who wrote it before. What an export said about itself is told as such: nobody signed for it here. */
  #before(entry: Entry, now: number): TemplateResult | typeof nothing {
    const { origin, created_at, created_by, updated_at } = entry;
    if (origin === undefined && created_at === updated_at) return nothing;
    const words = origin === undefined ? 'first by' : 'imported; its export says: by';
    const { name } = origin?.author ?? created_by;
    const at = origin?.updated_at ?? created_at;
    return html`<span class="muted">
      · ${words} <bdi>${name}</bdi>,
      <time title=${exactTime(Date.parse(at))} datetime=${at}
        >${relativeTime(Date.parse(at), now)}</time
      >
    </span>`;
  }

  #facts(entry: Entry): TemplateResult {
    const expires =
      entry.expires_at === undefined
        ? nothing
        : html`<span class="badge">expires ${exactTime(Date.parse(entry.expires_at))}</span>`;
    return html`<p class="row small muted">
      <span>${entry.mime_type}</span><span>${formatBytes(entry.size)}</span>
      ${entry.kind === '' ? nothing : html`<span class="badge">${entry.kind}</span>`}
      ${entry.tags.map((tag) => html`<span class="badge">#${tag}</span>`)} ${expires}
    </p>`;
  }

  #value(entry: Entry): TemplateResult {
    if (!entry.available) {
      return html`<p class="muted">
        The text of this version (${formatBytes(entry.size)}) has not arrived yet. It comes from
        whichever member holds it.
      </p>`;
    }
    const { value } = entry;
    const text = textOf(value);
    if (text === undefined) return this.#binary(entry);
    const whole = this.everything || text.length <= shownLength;
    return html`<pre class="value" tabindex="0" role="region" aria-label="Value">
${whole ? text : text.slice(0, shownLength)}</pre>
      ${
        whole
          ? nothing
          : html`<button
              @click=${() => {
                this.everything = true;
              }}
            >
              Show all of it (${formatBytes(entry.size)})
            </button>`
      }`;
  }

  #binary(entry: Entry): TemplateResult {
    const { value } = entry;
    return html`<p>This entry holds ${formatBytes(entry.size)} of binary data.</p>
      <button
        @click=${() => {
          if (value instanceof Uint8Array) {
            download(entry.key, [new Uint8Array(value)], 'application/octet-stream');
          }
        }}
      >
        Download it
      </button>`;
  }

  #conflictPart(entry: Entry): TemplateResult {
    this.#conflict.load();
    return html`${this.#conflict.failure()}
      <grapevine-conflict .room=${this.room} .entry=${entry}></grapevine-conflict>`;
  }

  #historyPart(address: Address): TemplateResult {
    return html`<details
      @toggle=${() => {
        this.#history.load();
      }}
    >
      <summary>History</summary>
      ${this.#history.failure()}
      ${
        this.#history.loaded
          ? html`<grapevine-history .room=${this.room} .address=${address}></grapevine-history>`
          : nothing
      }
    </details>`;
  }

  async #load(): Promise<void> {
    const { room, address } = this;
    if (room === undefined || address === undefined) return;
    try {
      const entry = await room.get(address.namespace, address.key);
      if (this.address?.key !== address.key || this.address.namespace !== address.namespace) return;
      if (!sameEntry(entry, this.entry)) this.entry = entry;
    } catch (error) {
      this.error = errorWords(error);
    }
    this.ready = true;
  }

  async #delete(entry: Entry): Promise<void> {
    if (this.room === undefined) return;
    try {
      const notice = await deleteEntry(this.room, entry);
      this.#close();
      send(this, 'grapevine-notice', notice);
    } catch (error) {
      this.error = errorWords(error);
    }
  }

  readonly #close = (): void => {
    send(this, 'grapevine-entry-closed', undefined);
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-entry': EntryDetail;
  }
}
