import type { ImportReport, Progress, Room } from '@grapevine/room';
import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { copyText } from '../parts/copy-text.ts';
import { cleanNamespace } from '../pure/namespaces.ts';
import { reportWords } from '../pure/report-words.ts';
import { plural } from '../pure/status-words.ts';
import { errorWords } from '../state/events.ts';
import { shared } from '../styles/base.ts';
import { progressStyles } from '../styles/progress.ts';
import { importPicked } from './import-files.ts';
import type { PickedFile } from './picked-files.ts';

/** Problems listed; the rest is counted and can be copied. */
const listed = 200;

type Step =
  | { at: 'asking' }
  | { at: 'running'; what: string; progress: Progress | undefined; abort: AbortController }
  | { at: 'done'; report: ImportReport }
  | { at: 'failed'; error: string };

/** Asks where to, imports, and says what became of it. */
@customElement('grapevine-import-dialog')
class ImportDialog extends LitElement {
  static override readonly styles = [
    shared,
    progressStyles,
    css`
      .problems {
        max-height: 16rem;
        overflow: auto;
        border: 1px solid var(--gv-line);
        border-radius: var(--gv-radius-small);
        font-size: 0.875rem;
      }
      .problems li {
        padding: 0.375rem 0.75rem;
        border-bottom: 1px solid var(--gv-line);
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) room: Room | undefined;
  @state() private picked: readonly PickedFile[] = [];
  @state() private step: Step = { at: 'asking' };
  @state() private copied = false;

  open(picked: readonly PickedFile[]): void {
    if (picked.length === 0 || this.step.at === 'running') return;
    this.picked = picked;
    this.step = { at: 'asking' };
    this.copied = false;
    this.#dialog?.showModal();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.step.at === 'running') this.step.abort.abort();
  }

  protected override render(): TemplateResult {
    return html`<dialog
      aria-labelledby="title"
      @cancel=${(event: Event) => {
        // Escape must not hide an import that goes on.
        if (this.step.at === 'running') event.preventDefault();
      }}
    >
      <h2 id="title">Import ${plural(this.picked.length, 'file')}</h2>
      ${this.#step()}
    </dialog>`;
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector('dialog');
  }

  #step(): TemplateResult {
    const { step } = this;
    switch (step.at) {
      case 'asking':
        return this.#asking();
      case 'running':
        return running(step);
      case 'done':
        return this.#done(step.report);
      case 'failed':
        return html`<p class="error" role="alert">${step.error}</p>
          <div>${this.#closeButton()}</div>`;
    }
  }

  #asking(): TemplateResult {
    return html`<form
      class="stack"
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        const field = this.renderRoot.querySelector<HTMLInputElement>('[name="target"]');
        void this.#run(cleanNamespace(field?.value ?? ''));
      }}
    >
      <label
        >Target namespace
        <span id="target" class="muted small"
          >folders become namespaces below it; empty for the top</span
        >
        <input
          name="target"
          aria-label="Target namespace"
          aria-describedby="target"
          autocomplete="off"
          maxlength="512"
        />
      </label>
      <div class="row">
        <button class="primary">Import</button>
        <button type="button" @click=${() => this.#dialog?.close()}>Cancel</button>
      </div>
    </form>`;
  }

  #done(report: ImportReport): TemplateResult {
    const { problems } = report;
    return html`<div class="stack">
      <p role="status"><strong>${reportWords(report)}</strong></p>
      ${
        problems.length === 0
          ? nothing
          : html`<ul class="problems" aria-label="Import problems" tabindex="0">
              ${problems.slice(0, listed).map(
                ({ where, message }) =>
                  html`<li>
                    <strong><bdi>${where}</bdi></strong
                    >: ${message}
                  </li>`,
              )}
              ${
                problems.length > listed
                  ? html`<li>and ${(problems.length - listed).toLocaleString('en')} more</li>`
                  : nothing
              }
            </ul>`
      }
      <div class="row">
        ${this.#closeButton()}
        ${
          problems.length === 0
            ? nothing
            : html`<button @click=${() => void this.#copy(report)}>
                ${this.copied ? 'Copied' : 'Copy all problems'}
              </button>`
        }
      </div>
    </div>`;
  }

  #closeButton(): TemplateResult {
    return html`<button class="primary" @click=${() => this.#dialog?.close()}>Close</button>`;
  }

  async #copy({ problems }: ImportReport): Promise<void> {
    const { renderRoot } = this;
    const text = problems.map(({ where, message }) => `${where}: ${message}`).join('\n');
    this.copied = await copyText(text, this.#dialog ?? renderRoot);
  }

  async #run(namespace: string): Promise<void> {
    const { room, picked } = this;
    if (room === undefined) return;
    const abort = new AbortController();
    this.step = { at: 'running', what: 'files', progress: undefined, abort };
    try {
      const report = await importPicked(room, picked, {
        namespace,
        signal: abort.signal,
        onProgress: (what, progress) => {
          this.step = { at: 'running', what, progress, abort };
        },
      });
      this.step = { at: 'done', report };
    } catch (error) {
      this.step = { at: 'failed', error: abort.signal.aborted ? 'Cancelled.' : errorWords(error) };
    }
  }
}

function running(step: Step & { at: 'running' }): TemplateResult {
  const { progress, abort } = step;
  const count = (n: number): string => n.toLocaleString('en');
  const words =
    progress === undefined
      ? 'Reading…'
      : `Importing ${step.what}: ${count(progress.done)} of ${count(progress.total)}`;
  return html`<div class="stack">
    <label
      >${words}
      <progress
        max=${Math.max(1, progress?.total ?? 1)}
        value=${progress === undefined ? nothing : live(progress.done)}
      ></progress>
    </label>
    <div>
      <button
        ?disabled=${abort.signal.aborted}
        @click=${() => {
          abort.abort();
        }}
      >
        Cancel
      </button>
    </div>
  </div>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-import-dialog': ImportDialog;
  }
}
