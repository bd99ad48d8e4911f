import type { Entry } from '@grapevine/room';
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from '../parts/icons.ts';
import { exactTime, relativeTime } from '../pure/relative-time.ts';
import { firstLine } from '../pure/value-text.ts';
import { scrollToRow, windowOf } from '../pure/windowing.ts';
import type { RowWindow } from '../pure/windowing.ts';
import { ClockController } from '../state/clock-controller.ts';
import type { EntrySource } from '../state/entry-source.ts';
import { send } from '../state/events.ts';
import type { Address } from '../state/events.ts';
import { nextFrame } from '../state/frame.ts';
import { shared } from '../styles/base.ts';
import { entryListStyles, rowHeight } from '../styles/entry-list.ts';

/** Rows drawn beyond each edge: a flick on a phone passes about this many in a frame. A guess. */
const overscan = 8;

/** The entries of a source, drawing only the rows in view: 10,000 cost as much as 20. */
@customElement('grapevine-entries')
class EntryList extends LitElement {
  static override readonly styles = [shared, entryListStyles];

  @property({ attribute: false }) source: EntrySource | undefined;
  /** Counts the changes of `source`, which is one object all along. */
  @property({ type: Number }) revision = 0;
  /** Rows there are according to the namespace counts; 0 where unknown. */
  @property({ type: Number }) expected = 0;
  /** Namespace that needs no repeating on the rows. */
  @property() within = '';
  @property({ attribute: false }) selected: Address | undefined;
  @state() private top = 0;
  @state() private height = 600;
  @state() private active = 0;

  readonly #clock = new ClockController(this);
  #resize: ResizeObserver | undefined;
  #cancelScroll: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize = new ResizeObserver(() => {
      this.height = this.clientHeight;
    });
    this.#resize.observe(this);
    this.addEventListener('scroll', this.#onScroll, { passive: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize?.disconnect();
    this.removeEventListener('scroll', this.#onScroll);
    this.#cancelScroll?.();
  }

  /** Puts the focus on the row it was on last. */
  focusActive(): void {
    this.#focusRow(this.active);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('source')) {
      this.top = 0;
      this.active = 0;
    }
    this.active = Math.max(0, Math.min(this.active, this.#total - 1));
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('source')) this.scrollTop = 0;
    const rows = this.#window;
    const list = this.renderRoot.querySelector<HTMLElement>('ul');
    list?.style.setProperty('padding-block', `${rows.before}px ${rows.after}px`);
    this.source?.need(rows.end);
  }

  protected override render(): TemplateResult {
    void this.#clock;
    const { first, end } = this.#window;
    const items = this.source?.items.slice(first, end) ?? [];
    const now = Date.now();
    return html`<ul role="list" aria-label="Entries" @keydown=${this.#onKey}>
      ${repeat(
        items,
        (entry) => entry.id,
        (entry, index) => this.#row(entry, first + index, now),
      )}
      ${items.length < end - first ? html`<li class="waiting muted">Reading…</li>` : nothing}
    </ul>`;
  }

  /** Rows that can have the focus. */
  get #loaded(): number {
    return this.source?.items.length ?? 0;
  }

  get #total(): number {
    const { source } = this;
    if (source === undefined) return 0;
    if (source.complete) return source.items.length;
    return Math.max(source.items.length + 1, this.expected);
  }

  get #window(): RowWindow {
    return windowOf({
      scrollTop: this.top,
      viewportHeight: this.height,
      rowHeight,
      total: this.#total,
      overscan,
    });
  }

  #row(entry: Entry, index: number, now: number): TemplateResult {
    const { selected } = this;
    const open = selected?.key === entry.key && selected?.namespace === entry.namespace;
    const at = Date.parse(entry.updated_at);
    const prefix = entry.namespace === this.within ? '' : `${entry.namespace}/`;
    const line = entry.available ? firstLine(entry.value) : 'Its text is still on its way';
    return html`<li role="listitem" aria-setsize=${this.#total} aria-posinset=${index + 1}>
      <button
        class="entry"
        data-index=${index}
        aria-current=${open ? 'true' : nothing}
        tabindex=${index === this.active ? 0 : -1}
        @click=${() => {
          this.active = index;
          send(this, 'grapevine-entry-opened', { namespace: entry.namespace, key: entry.key });
        }}
      >
        <span class="key">
          <span class="name"
            ><span class="namespace">${prefix}</span><span class="own">${entry.key}</span></span
          >
          ${
            entry.conflict
              ? html`<span class="badge conflict">${icon('warning')} Conflict</span>`
              : nothing
          }
        </span>
        <time title=${exactTime(at)} datetime=${entry.updated_at}>${relativeTime(at, now)}</time>
        <span class="line">${line}</span>
        <span class="author">${entry.updated_by.name}</span>
      </button>
    </li>`;
  }

  readonly #onScroll = (): void => {
    this.#cancelScroll ??= nextFrame(() => {
      this.#cancelScroll = undefined;
      this.top = this.scrollTop;
    });
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.height / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      j: 1,
      k: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.active,
      End: this.#loaded - 1 - this.active,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.#focusRow(Math.max(0, Math.min(this.active + step, this.#loaded - 1)));
  };

  #focusRow(index: number): void {
    this.active = index;
    this.scrollTop = scrollToRow(index, {
      scrollTop: this.scrollTop,
      viewportHeight: this.height,
      rowHeight,
    });
    this.top = this.scrollTop;
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus();
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-entries': EntryList;
  }
}
