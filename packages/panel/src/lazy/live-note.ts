import type { Room } from '@grapevine/room';
import { limits } from '@grapevine/wire';
import { LitElement, css, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { icon } from '../parts/icons.ts';
import { readPresence } from '../pure/note-presence.ts';
import type { NotePresence } from '../pure/note-presence.ts';
import { lineOf } from '../pure/text-diff.ts';
import { errorWords } from '../state/events.ts';
import { nextFrame } from '../state/frame.ts';
import { shared } from '../styles/base.ts';
import { TextBinding } from './text-binding.ts';
import { lazyIcon } from './icons.ts';

/** The shared text inside a note's document. */
const textName = 'content';

/** Notes several people type in at once. */
@customElement('grapevine-live-note')
class LiveNote extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        display: grid;
        min-height: 100%;
      }
      .note {
        display: grid;
        grid-template-rows: auto auto 1fr auto;
        gap: 0.75rem;
        width: min(60rem, 100%);
        margin: 0 auto;
        padding: 1rem;
      }
      .back {
        margin-inline-start: -0.875rem;
      }
      textarea {
        min-height: 60vh;
        resize: none;
        font: 1rem/1.6 var(--gv-font);
        tab-size: 4;
        padding: 1rem 1.125rem;
      }
      h2 {
        overflow-wrap: anywhere;
      }
      .open button {
        width: 100%;
        justify-content: flex-start;
      }
    `,
  ];

  @property({ attribute: false }) room: Room | undefined;
  @state() private note = '';
  @state() private error = '';
  @state() private others: readonly NotePresence[] = [];

  #binding: TextBinding | undefined;
  #awareness: Room['awareness'] | undefined;
  #cancelFrame: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#follow(this.room);
    this.requestUpdate('note');
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#close();
    this.#follow(undefined);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('room')) return;
    this.#close();
    if (this.isConnected) this.#follow(this.room);
    if (changed.get('room') !== undefined) this.note = '';
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('note') && !changed.has('room')) return;
    const field = this.renderRoot.querySelector('textarea');
    if (field === null || this.room === undefined || this.#binding !== undefined) return;
    this.#binding = new TextBinding(field, this.room.doc(this.note).getText(textName));
    field.focus();
    this.#tell();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { room } = this;
    if (room === undefined) return nothing;
    return this.note === '' ? this.#choice() : this.#opened(room);
  }

  #choice(): TemplateResult {
    const open = [...new Set(this.others.map(({ note }) => note))];
    return html`<div class="page">
      <h2>Live note</h2>
      <p class="muted">
        Several people can type in a live note at the same time. Give it a name; whoever opens the
        same name in this room is in the same note.
      </p>
      <form
        class="card stack"
        @submit=${(event: SubmitEvent) => {
          event.preventDefault();
          const field = this.renderRoot.querySelector<HTMLInputElement>('[name="note"]');
          this.#open(field?.value.trim() ?? '');
        }}
      >
        <label
          >Name of the note <input name="note" required autocomplete="off" maxlength="128"
        /></label>
        ${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error}</p>`}
        <div><button class="primary">Open note</button></div>
      </form>
      ${
        open.length === 0
          ? nothing
          : html`<section class="stack">
              <h3>Open right now</h3>
              <ul class="stack open" aria-label="Open notes">
                ${open.map((name) => this.#openItem(name))}
              </ul>
            </section>`
      }
    </div>`;
  }

  #openItem(name: string): TemplateResult {
    const there = this.others.filter(({ note }) => note === name).map((other) => other.name);
    return html`<li>
      <button
        @click=${() => {
          this.#open(name);
        }}
      >
        ${icon('note')} ${name} <span class="muted">— ${there.join(', ')}</span>
      </button>
    </li>`;
  }

  #opened(room: Room): TemplateResult {
    const here = this.others.filter(({ note }) => note === this.note);
    return html`<div class="note">
      <div class="row">
        <button class="quiet back" @click=${this.#leave}>${lazyIcon('back')} All notes</button>
        <h2>${this.note}</h2>
      </div>
      <p class="row" role="status" aria-label="Who is in this note">
        ${
          here.length === 0
            ? html`<span class="muted">Nobody else has this note open.</span>`
            : here.map(
                ({ name, line }) =>
                  html`<span class="badge own"
                    >${lazyIcon('person')} ${name}
                    <span aria-hidden="true">· line ${line}</span></span
                  >`,
              )
        }
      </p>
      <textarea
        aria-label="Text of the note"
        spellcheck="true"
        ?readonly=${room.readOnly}
        @select=${this.#tellSoon}
        @keyup=${this.#tellSoon}
        @pointerup=${this.#tellSoon}
        @input=${this.#tellSoon}
        @keydown=${(event: KeyboardEvent) => {
          event.stopPropagation();
        }}
      ></textarea>
      ${room.readOnly ? html`<p class="muted">Read-only link: you can watch, not type.</p>` : nothing}
    </div>`;
  }

  #open(name: string): void {
    this.error = '';
    const bytes = new TextEncoder().encode(name).length;
    if (bytes === 0 || bytes > limits.documentBytes) {
      this.error = `A name has 1 to ${limits.documentBytes} bytes.`;
      return;
    }
    try {
      this.room?.doc(name);
      this.note = name;
    } catch (error) {
      this.error = errorWords(error);
    }
  }

  readonly #leave = (): void => {
    this.#close();
    this.note = '';
  };

  #close(): void {
    this.#binding?.destroy();
    this.#binding = undefined;
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
    this.#awareness?.setLocalStateField('note', null);
  }

  #follow(room: Room | undefined): void {
    this.#awareness?.off('change', this.#onAwareness);
    this.#awareness = room?.awareness;
    this.#awareness?.on('change', this.#onAwareness);
    this.#onAwareness();
  }

  readonly #onAwareness = (): void => {
    const awareness = this.#awareness;
    this.others = awareness === undefined ? [] : readPresence(awareness.states, awareness.clientID);
  };

  readonly #tellSoon = (): void => {
    this.#cancelFrame ??= nextFrame(() => {
      this.#cancelFrame = undefined;
      this.#tell();
    });
  };

  /** Tells the others which note we have open, and on which line; said again only where it changed. */
  #tell(): void {
    const field = this.renderRoot.querySelector('textarea');
    if (field === null || this.room === undefined || this.note === '') return;
    const note = {
      name: this.note,
      by: this.room.self.name,
      line: lineOf(field.value, field.selectionEnd),
    };
    const said: unknown = this.#awareness?.getLocalState()?.['note'];
    if (JSON.stringify(said) !== JSON.stringify(note)) {
      this.#awareness?.setLocalStateField('note', note);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-live-note': LiveNote;
  }
}
