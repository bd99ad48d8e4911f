import type { Entry, Room } from '@grapevine/room';
import { LitElement, css, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { relativeTime } from '../pure/relative-time.ts';
import { editableText, formatOf, textOf, valueOf } from '../pure/value-edit.ts';
import { keptOptions } from '../state/entry-actions.ts';
import { codeOf, errorWords, send } from '../state/events.ts';
import { shared } from '../styles/base.ts';
import { textareaStyles } from '../styles/textarea.ts';

/** Edits the value of one entry. If somebody saved meanwhile, shows both and lets the person choose: nothing is overwritten unseen. */
@customElement('grapevine-entry-editor')
export class EntryEditor extends LitElement {
  static override readonly styles = [
    shared,
    textareaStyles,
    css`
      textarea {
        min-height: 14rem;
        max-height: 65vh;
        field-sizing: content;
      }
      .both {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr));
        gap: 0.75rem;
      }
      .warning {
        padding: 0.625rem 0.875rem;
        border-radius: var(--gv-radius-small);
        background: var(--gv-warn-soft);
      }
      pre {
        max-height: 22rem;
        overflow: auto;
        padding: 0.5rem 0.75rem;
        border: 1px solid var(--gv-line);
        border-radius: var(--gv-radius-small);
        background: var(--gv-paper);
        font: 0.9375rem/1.55 var(--gv-mono);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) room: Room | undefined;
  /** The entry as it is now; it may change while it is being edited. */
  @property({ attribute: false }) entry: Entry | undefined;
  @state() private text = '';
  @state() private error = '';
  @state() private busy = false;
  /** Set once saving found somebody else's newer version. */
  @state() private theirs: Entry | undefined;

  #base: Entry | undefined;
  #start = '';

  /** Whether closing would lose something typed. */
  get dirty(): boolean {
    return this.text !== this.#start;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.#base !== undefined || !changed.has('entry') || this.entry === undefined) return;
    this.#base = this.entry;
    this.#start = editableText(this.entry.value, this.entry.mime_type) ?? '';
    this.text = this.#start;
  }

  protected override firstUpdated(): void {
    this.renderRoot.querySelector('textarea')?.focus();
  }

  protected override render(): TemplateResult {
    const { theirs } = this;
    return html`<form
      class="stack"
      @submit=${(event: Event) => {
        event.preventDefault();
        void this.#save();
      }}
      @keydown=${this.#onKey}
    >
      ${this.#warning()}
      <div class=${theirs === undefined ? '' : 'both'}>
        <label
          >${theirs === undefined ? 'Text' : 'Yours'}
          <textarea
            name="text"
            .value=${this.text}
            @input=${(event: InputEvent) => {
              if (event.target instanceof HTMLTextAreaElement) this.text = event.target.value;
            }}
          ></textarea>
        </label>
        ${
          theirs === undefined
            ? nothing
            : html`<div class="stack">
                <strong>Theirs, by <bdi>${theirs.updated_by.name}</bdi></strong>
                <pre tabindex="0">${textOf(theirs.value) ?? 'Binary data'}</pre>
              </div>`
        }
      </div>
      ${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error}</p>`}
      <div class="row">
        <button class="primary" ?disabled=${this.busy}>
          ${theirs === undefined ? 'Save' : 'Save mine'}
        </button>
        <button type="button" @click=${this.#end}>
          ${theirs === undefined ? 'Cancel' : 'Keep theirs'}
        </button>
      </div>
    </form>`;
  }

  #warning(): TemplateResult | typeof nothing {
    const now = this.entry;
    if (this.theirs !== undefined) {
      return html`<p class="warning">
        Somebody saved this entry while you were editing. Choose one, or copy what you need from
        theirs into yours and save that. The other version stays in the history.
      </p>`;
    }
    if (now === undefined) {
      return html`<p class="warning">
        This entry was deleted while you were editing. Saving brings it back.
      </p>`;
    }
    if (now.version === this.#base?.version) return nothing;
    return html`<p class="warning">
      <bdi>${now.updated_by.name}</bdi> saved a newer version
      ${relativeTime(Date.parse(now.updated_at), Date.now())}. When you save you will see both.
    </p>`;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void this.#save();
    if (event.key === 'Escape' && !this.dirty) this.#end();
    // What is typed here is no shortcut for the panel.
    event.stopPropagation();
  };

  async #save(): Promise<void> {
    const base = this.theirs ?? this.#base;
    if (this.room === undefined || base === undefined || this.busy) return;
    this.busy = true;
    this.error = '';
    try {
      const value = valueOf(this.text, formatOf(base.value, base.mime_type));
      const current = await this.room.get(base.namespace, base.key);
      if (current !== undefined && current.version !== base.version) {
        this.theirs = current;
        return;
      }
      const expected = current === undefined ? {} : { expected_version: current.version };
      await this.room.put(base.namespace, base.key, value, { ...keptOptions(base), ...expected });
      this.#end();
    } catch (error) {
      if (codeOf(error) === 'version-changed') {
        this.theirs = await this.room.get(base.namespace, base.key);
      } else {
        this.error = errorWords(error);
      }
    } finally {
      this.busy = false;
    }
  }

  readonly #end = (): void => {
    send(this, 'grapevine-edit-ended', undefined);
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-entry-editor': EntryEditor;
  }
}
