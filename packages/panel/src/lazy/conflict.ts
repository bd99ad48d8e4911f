import type { Entry, Room, Version } from '@grapevine/room';
import { LitElement, css, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { icon } from '../parts/icons.ts';
import { exactTime, relativeTime } from '../pure/relative-time.ts';
import { editableText, formatOf, textOf, valueOf } from '../pure/value-edit.ts';
import { formatBytes } from '../pure/value-text.ts';
import { ClockController } from '../state/clock-controller.ts';
import { errorWords, send } from '../state/events.ts';
import { shared } from '../styles/base.ts';
import { textareaStyles } from '../styles/textarea.ts';
import { actorName } from './actor.ts';

/** Several wrote at once: all candidates side by side, to keep one or to write down what becomes of them. */
@customElement('grapevine-conflict')
export class ConflictView extends LitElement {
  static override readonly styles = [
    shared,
    textareaStyles,
    css`
      section {
        display: grid;
        gap: 0.875rem;
      }
      .intro {
        display: flex;
        gap: 0.5rem;
        padding: 0.625rem 0.875rem;
        border-radius: var(--gv-radius-small);
        background: var(--gv-warn-soft);
      }
      .intro svg {
        color: var(--gv-warn);
        margin-top: 0.15em;
      }
      .candidates {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr));
        gap: 0.75rem;
      }
      .candidate {
        display: grid;
        grid-template-rows: auto 1fr auto;
        gap: 0.625rem;
      }
      pre {
        font: inherit;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        max-height: 20rem;
        overflow: auto;
      }
      textarea {
        min-height: 10rem;
      }
    `,
  ];

  @property({ attribute: false }) room: Room | undefined;
  @property({ attribute: false }) entry: Entry | undefined;
  @state() private candidates: readonly Version[] = [];
  @state() private text: string | undefined;
  @state() private error = '';
  @state() private busy = false;
  readonly #clock = new ClockController(this);

  /** Whether closing would lose something typed. */
  get dirty(): boolean {
    return this.text !== undefined && this.text !== this.#start;
  }

  get #start(): string | undefined {
    return editableText(this.entry?.value, this.entry?.mime_type ?? '');
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('entry')) return;
    if (String(changed.get('entry')?.heads) !== String(this.entry?.heads)) void this.#load();
  }

  protected override render(): TemplateResult {
    void this.#clock;
    const writes = this.room?.readOnly === false;
    return html`<section aria-label="Conflict">
      <p class="intro">
        ${icon('warning')}
        <span>
          <strong>Written to at the same time.</strong> Nothing is lost: all versions are here.
          ${writes ? 'Keep one, or write what should stand.' : 'Somebody with a full link can choose.'}
        </span>
      </p>
      <ul class="candidates" aria-label="Candidates">
        ${this.candidates.map((version) => this.#candidate(version, writes))}
      </ul>
      ${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error}</p>`}
      ${writes ? this.#merge() : nothing}
    </section>`;
  }

  #candidate(version: Version, writes: boolean): TemplateResult {
    const at = Date.parse(version.at);
    const words =
      version.operation === 'deleted'
        ? 'Deleted it'
        : (textOf(version.value) ?? `${formatBytes(version.size)} that cannot be shown here`);
    return html`<li class="card candidate">
      <p>
        ${actorName(version.actor, this.room?.self.author)}
        <time class="muted small" title=${exactTime(at)} datetime=${version.at}
          >${relativeTime(at, Date.now())}</time
        >
      </p>
      <pre tabindex="0">${words}</pre>
      ${
        writes
          ? html`<button
              ?disabled=${this.busy}
              @click=${() => void this.#resolve({ version: version.id })}
            >
              Keep this
            </button>`
          : nothing
      }
    </li>`;
  }

  #merge(): TemplateResult | typeof nothing {
    const { entry } = this;
    const text = this.text ?? this.#start;
    if (entry === undefined || text === undefined) return nothing;
    return html`<form
      class="stack"
      @submit=${(event: Event) => {
        event.preventDefault();
        void this.#saveMerged(entry, text);
      }}
      @keydown=${(event: Event) => {
        event.stopPropagation();
      }}
    >
      <label
        >Merged text
        <textarea
          .value=${text}
          @input=${(event: InputEvent) => {
            if (event.target instanceof HTMLTextAreaElement) this.text = event.target.value;
          }}
        ></textarea>
      </label>
      <div><button class="primary" ?disabled=${this.busy}>Save merged</button></div>
    </form>`;
  }

  async #saveMerged(entry: Entry, text: string): Promise<void> {
    try {
      await this.#resolve({ value: valueOf(text, formatOf(entry.value, entry.mime_type)) });
    } catch (error) {
      this.error = errorWords(error);
    }
  }

  async #load(): Promise<void> {
    const { room, entry } = this;
    if (room === undefined || entry === undefined) return;
    try {
      const heads = new Set(entry.heads);
      const versions = await room.history(entry.namespace, entry.key);
      if (this.entry?.id === entry.id) this.candidates = versions.filter(({ id }) => heads.has(id));
    } catch (error) {
      this.error = errorWords(error);
    }
  }

  async #resolve(keep: Parameters<Room['resolve']>[2]): Promise<void> {
    const { room, entry } = this;
    if (room === undefined || entry === undefined || this.busy) return;
    this.busy = true;
    this.error = '';
    try {
      await room.resolve(entry.namespace, entry.key, keep);
      send(this, 'grapevine-notice', {
        text: 'Conflict resolved. The others stay in the history.',
      });
    } catch (error) {
      this.error = errorWords(error);
    } finally {
      this.busy = false;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-conflict': ConflictView;
  }
}
