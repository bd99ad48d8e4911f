import type { Room } from '@grapevine/room';
import { GrapevineError } from '@grapevine/wire';
import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { cleanNamespace } from '../pure/namespaces.ts';
import { suggestKey, valueOf } from '../pure/value-edit.ts';
import { errorWords, send } from '../state/events.ts';
import { shared } from '../styles/base.ts';
import { textareaStyles } from '../styles/textarea.ts';

/** Keys tried for a note without a name, `buy-milk`, `buy-milk-2` and so on, before the person has to name it. */
const suggestionsTried = 50;

/** The dialog that writes a new entry. */
@customElement('grapevine-new-entry')
class NewEntry extends LitElement {
  static override readonly styles = [
    shared,
    textareaStyles,
    css`
      .pair {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr));
        gap: 0.75rem;
      }
      textarea {
        min-height: 10rem;
      }
    `,
  ];

  @property({ attribute: false }) room: Room | undefined;
  /** The namespace to start from while the dialog is open. */
  @state() private start: string | undefined;
  @state() private error = '';
  @state() private busy = false;

  /** Whether closing would lose something typed. */
  get dirty(): boolean {
    const fields = this.renderRoot.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
      'textarea, input',
    );
    return Array.from(fields).some(({ value, defaultValue }) => value !== defaultValue);
  }

  /** Opens the dialog; the browser gives the focus back when it closes. */
  open(namespace: string): void {
    if (this.start !== undefined) return;
    this.start = namespace;
    this.error = '';
    void this.updateComplete.then(() => {
      this.#dialog?.showModal();
      this.renderRoot.querySelector('textarea')?.focus();
    });
  }

  protected override render(): TemplateResult {
    return html`<dialog
      aria-label="New entry"
      @cancel=${(event: Event) => {
        // Going back on a phone is like Escape: it closes what is empty. To give up a text there is Cancel.
        if (this.dirty) event.preventDefault();
      }}
      @close=${() => {
        this.start = undefined;
      }}
    >
      ${this.start === undefined ? nothing : this.#form(this.start)}
    </dialog>`;
  }

  #form(namespace: string): TemplateResult {
    return html`<form class="stack" @submit=${this.#onSubmit} @keydown=${this.#onKey}>
      <h2>New entry</h2>
      <label
        >Text
        <textarea name="text" required></textarea>
      </label>
      <div class="pair">
        <label
          >Key
          <span id="key" class="muted small">made from the first words if left empty</span>
          <input
            name="key"
            aria-label="Key"
            aria-describedby="key"
            autocomplete="off"
            maxlength="512"
          />
        </label>
        <label
          >Namespace
          <span id="namespace" class="muted small">like a folder, for example notes/ideas</span>
          <input
            name="namespace"
            aria-label="Namespace"
            aria-describedby="namespace"
            .defaultValue=${namespace}
            autocomplete="off"
            maxlength="512"
          />
        </label>
        <label
          >Format
          <select name="format">
            <option value="text">Text</option>
            <option value="json">JSON</option>
          </select>
        </label>
      </div>
      ${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error}</p>`}
      <div class="row">
        <button class="primary" ?disabled=${this.busy}>Save</button>
        <button type="button" @click=${() => this.#dialog?.close()}>Cancel</button>
      </div>
    </form>`;
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector('dialog');
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      this.renderRoot.querySelector('form')?.requestSubmit();
    }
    // The browser lets a second Escape close a dialog that would not.
    if (event.key === 'Escape' && this.dirty) event.preventDefault();
    event.stopPropagation();
  };

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (event.target instanceof HTMLFormElement) void this.#save(new FormData(event.target));
  };

  async #save(form: FormData): Promise<void> {
    const { room } = this;
    if (room === undefined || this.busy) return;
    const field = (name: string): string => {
      const value = form.get(name);
      return typeof value === 'string' ? value : '';
    };
    this.busy = true;
    this.error = '';
    try {
      const format = field('format') === 'json' ? 'json' : 'text';
      // A form sends lines as CRLF; what was typed is LF.
      const value = valueOf(field('text').replaceAll('\r\n', '\n'), format);
      const namespace = cleanNamespace(field('namespace'));
      const key = await freeKey(room, namespace, field('key').trim(), field('text'));
      await room.put(
        namespace,
        key,
        value,
        format === 'json' ? { mime_type: 'application/json' } : {},
      );
      this.#dialog?.close();
      send(this, 'grapevine-entry-opened', { namespace, key });
    } catch (error) {
      this.error = errorWords(error);
    } finally {
      this.busy = false;
    }
  }
}

/** The key asked for, or one made from the text. An entry that is there already is never written over. */
async function freeKey(
  room: Room,
  namespace: string,
  asked: string,
  text: string,
): Promise<string> {
  const start = asked === '' ? suggestKey(text) : asked;
  for (let tried = 1; tried <= (asked === '' ? suggestionsTried : 1); tried += 1) {
    const key = tried === 1 ? start : `${start}-${tried}`;
    if ((await room.get(namespace, key)) === undefined) return key;
  }
  throw new GrapevineError(
    'key-taken',
    `There is already an entry “${start}” here.`,
    'Choose another key, or open that entry and edit it.',
  );
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-new-entry': NewEntry;
  }
}
