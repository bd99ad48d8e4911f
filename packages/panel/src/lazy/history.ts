import type { Operation, Room, Version } from '@grapevine/room';
import { LitElement, css, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { exactTime, relativeTime } from '../pure/relative-time.ts';
import { textOf } from '../pure/value-edit.ts';
import { firstLine, formatBytes } from '../pure/value-text.ts';
import { restoreVersion } from '../state/entry-actions.ts';
import { errorWords, send } from '../state/events.ts';
import type { Address } from '../state/events.ts';
import { ClockController } from '../state/clock-controller.ts';
import { RoomController } from '../state/room-controller.ts';
import { shared } from '../styles/base.ts';
import { detailsStyles } from '../styles/details.ts';
import { actorName } from './actor.ts';

const operationWords: Readonly<Record<Operation, string>> = {
  created: 'Created',
  modified: 'Changed',
  appended: 'Added to',
  moved: 'Moved',
  deleted: 'Deleted',
  restored: 'Restored',
  merged: 'Merged',
  redacted: 'Redacted',
};

/** Every version of an entry, newest first, each of which can be brought back. */
@customElement('grapevine-history')
class EntryHistory extends LitElement {
  static override readonly styles = [
    shared,
    detailsStyles,
    css`
      li {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0.25rem 0.75rem;
        padding: 0.625rem 0 0.625rem 1rem;
        border-inline-start: 2px solid var(--gv-line);
      }
      li:first-child {
        border-color: var(--gv-accent);
      }
      details {
        grid-column: 1 / -1;
      }
      summary {
        font-weight: 400;
        color: var(--gv-muted);
      }
      pre {
        padding: 0.625rem 0.75rem;
        background: var(--gv-surface);
        border: 1px solid var(--gv-line);
        border-radius: var(--gv-radius-small);
        max-height: 20rem;
        overflow: auto;
        font: inherit;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) room: Room | undefined;
  @property({ attribute: false }) address: Address | undefined;
  @state() private versions: readonly Version[] = [];
  @state() private error = '';

  readonly #follow = new RoomController(this, ['memory'], {
    onChange: () => void this.#load(),
  });

  readonly #clock = new ClockController(this);

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('address')) void this.#load();
  }

  protected override render(): TemplateResult {
    void this.#follow;
    void this.#clock;
    const now = Date.now();
    return html`${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error}</p>`}
      <ol aria-label="Versions">
        ${repeat(
          this.versions,
          (version) => version.id,
          (version, index) => this.#version(version, index === 0, now),
        )}
      </ol>`;
  }

  #version(version: Version, newest: boolean, now: number): TemplateResult {
    const at = Date.parse(version.at);
    const text = textOf(version.value);
    const can = !newest && version.value !== undefined && this.room?.readOnly === false;
    return html`<li>
      <div>
        <strong>${operationWords[version.operation]}</strong> by
        ${actorName(version.actor, this.room?.self.author)}
        <time class="muted small" title=${exactTime(at)} datetime=${version.at}
          >${relativeTime(at, now)}</time
        >
        ${version.reason === undefined ? nothing : html`<p class="small">“${version.reason}”</p>`}
      </div>
      ${can ? html`<button @click=${() => void this.#restore(version)}>Restore</button>` : nothing}
      ${
        text === undefined
          ? html`<p class="muted small">${this.#missing(version)}</p>`
          : html`<details>
              <summary>${firstLine(version.value) || 'Empty'}</summary>
              <pre tabindex="0">${text}</pre>
            </details>`
      }
    </li>`;
  }

  #missing(version: Version): string {
    if (version.operation === 'deleted') return '';
    if (version.available) return `${formatBytes(version.size)} of binary data`;
    return `${formatBytes(version.size)} that are not on this device`;
  }

  async #load(): Promise<void> {
    const { room, address } = this;
    if (room === undefined || address === undefined) return;
    try {
      const versions = await room.history(address.namespace, address.key);
      if (this.address === address) this.versions = versions;
    } catch (error) {
      this.error = errorWords(error);
    }
  }

  async #restore(version: Version): Promise<void> {
    if (this.room === undefined || this.address === undefined) return;
    try {
      await restoreVersion(this.room, this.address, version);
      send(this, 'grapevine-notice', {
        text: 'Restored. The version before it stays in the history.',
      });
    } catch (error) {
      this.error = errorWords(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-history': EntryHistory;
  }
}
