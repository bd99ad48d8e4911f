import type { LongTaskOptions, Progress, Room } from '@grapevine/room';
import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { icon } from '../parts/icons.ts';
import { cleanNamespace } from '../pure/namespaces.ts';
import { errorWords } from '../state/events.ts';
import { shared } from '../styles/base.ts';
import { progressStyles } from '../styles/progress.ts';
import { transferStyles } from '../styles/transfer.ts';
import './import-dialog.ts';
import { download } from './download.ts';
import { fromDrop, fromInput } from './picked-files.ts';
import { lazyIcon } from './icons.ts';
import { writeZip } from './zip.ts';

interface Running {
  what: string;
  progress: Progress | undefined;
  abort: AbortController;
}

/** Notes in and out: folders, files, archives. */
@customElement('grapevine-transfer')
class TransferView extends LitElement {
  static override readonly styles = [shared, progressStyles, transferStyles];

  @property({ attribute: false }) room: Room | undefined;
  @state() private over = false;
  @state() private running: Running | undefined;
  @state() private outcome = '';
  @state() private error = '';

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.running?.abort.abort();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { room } = this;
    if (room === undefined) return nothing;
    return html`<div class="page">
      <h2>Import and export</h2>
      ${
        room.readOnly
          ? html`<p class="card">
              You opened a read-only link: nothing can be imported here. You can export what you
              read.
            </p>`
          : this.#import(room)
      }
      ${this.#export(room)}
    </div>`;
  }

  #import(room: Room): TemplateResult {
    return html`<section
      class="card stack drop ${this.over ? 'over' : ''}"
      aria-label="Import"
      @dragover=${(event: DragEvent) => {
        event.preventDefault();
        this.over = true;
      }}
      @dragleave=${() => {
        this.over = false;
      }}
      @drop=${(event: DragEvent) => void this.#onDrop(event)}
    >
      <h3>${lazyIcon('import')} Import</h3>
      <p class="muted">
        Markdown folders (one file becomes one entry), JSONL exports and ZIP archives. Drop them
        here, or choose:
      </p>
      <div class="row">
        <label class="button">
          Choose folder
          <input
            type="file"
            class="visually-hidden"
            webkitdirectory
            multiple
            @change=${this.#onPick}
          />
        </label>
        <label class="button">
          Choose files
          <input type="file" class="visually-hidden" multiple @change=${this.#onPick} />
        </label>
      </div>
      ${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error}</p>`}
      <grapevine-import-dialog .room=${room}></grapevine-import-dialog>
    </section>`;
  }

  #export(room: Room): TemplateResult {
    const { running } = this;
    return html`<section class="card stack" aria-label="Export">
      <h3>${icon('transfer')} Export</h3>
      <label
        >Namespace to export
        <span id="hint" class="muted small">empty for everything</span>
        <input
          name="namespace"
          aria-label="Namespace to export"
          aria-describedby="hint"
          autocomplete="off"
          ?disabled=${running !== undefined}
        />
      </label>
      <div class="row">
        <button ?disabled=${running !== undefined} @click=${() => void this.#exportZip(room)}>
          Export as Markdown (.zip)
        </button>
        <button ?disabled=${running !== undefined} @click=${() => void this.#exportJsonl(room)}>
          Export as JSONL
        </button>
      </div>
      <p class="muted small">
        Markdown is one file an entry, to read and edit anywhere. JSONL is for programs and for
        moving a memory into another room.
      </p>
      ${running === undefined ? nothing : progressOf(running)}
      <p role="status">${this.outcome}</p>
    </section>`;
  }

  readonly #onPick = (event: Event): void => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement)) return;
    const picked = fromInput(input.files ?? []);
    // So that choosing the same again is a change again.
    input.value = '';
    this.renderRoot.querySelector('grapevine-import-dialog')?.open(picked);
  };

  async #onDrop(event: DragEvent): Promise<void> {
    event.preventDefault();
    this.over = false;
    this.error = '';
    if (event.dataTransfer === null) return;
    try {
      const picked = await fromDrop(event.dataTransfer);
      this.renderRoot.querySelector('grapevine-import-dialog')?.open(picked);
    } catch (error) {
      this.error = `What you dropped could not be read. ${errorWords(error)}`;
    }
  }

  async #exportZip(room: Room): Promise<void> {
    await this.#run('Packing', async (namespace, options) => {
      const parts = await writeZip(room.exportFolder(namespace, options));
      download(fileName(namespace, 'zip'), parts, 'application/zip');
    });
  }

  async #exportJsonl(room: Room): Promise<void> {
    await this.#run('Writing', async (namespace, options) => {
      const lines: string[] = [];
      for await (const line of room.exportJsonl(namespace, options)) {
        lines.push(line.endsWith('\n') ? line : `${line}\n`);
      }
      download(fileName(namespace, 'jsonl'), lines, 'application/x-ndjson');
    });
  }

  async #run(
    what: string,
    work: (namespace: string, options: LongTaskOptions) => Promise<void>,
  ): Promise<void> {
    const field = this.renderRoot.querySelector<HTMLInputElement>('input[name="namespace"]');
    const abort = new AbortController();
    this.running = { what, progress: undefined, abort };
    this.outcome = '';
    try {
      await work(cleanNamespace(field?.value ?? ''), {
        signal: abort.signal,
        onProgress: (progress) => {
          this.running = { what, progress, abort };
        },
      });
      this.outcome = abort.signal.aborted ? 'Cancelled.' : 'Done: the file is in your downloads.';
    } catch (error) {
      this.outcome = abort.signal.aborted ? 'Cancelled.' : errorWords(error);
    } finally {
      this.running = undefined;
    }
  }
}

function progressOf({ what, progress, abort }: Running): TemplateResult {
  const words =
    progress === undefined
      ? `${what}…`
      : `${what}: ${progress.done.toLocaleString('en')} of ${progress.total.toLocaleString('en')}`;
  return html`<div class="stack">
    <label
      >${words}
      <progress
        max=${progress?.total ?? 1}
        value=${progress === undefined ? nothing : live(progress.done)}
      ></progress>
    </label>
    <div>
      <button
        @click=${() => {
          abort.abort();
        }}
      >
        Cancel
      </button>
    </div>
  </div>`;
}

function fileName(namespace: string, extension: string): string {
  const name = namespace.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/gu, '');
  return `grapevine${name === '' ? '' : `-${name}`}.${extension}`;
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-transfer': TransferView;
  }
}
