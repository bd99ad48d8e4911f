import { LitElement, css, html } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { icon } from '../parts/icons.ts';
import { send } from '../state/events.ts';
import { shared } from '../styles/base.ts';
import { lazyIcon } from './icons.ts';

/** What one can do in a room that holds nothing. */
@customElement('grapevine-empty-room')
class EmptyRoom extends LitElement {
  static override readonly styles = [
    shared,
    css`
      .stack {
        padding: 1.5rem 1rem;
      }
      button {
        justify-content: flex-start;
      }
      .art {
        display: grid;
        place-items: center;
        width: 4rem;
        height: 4rem;
        border-radius: 50%;
        background: var(--gv-grape-soft);
        color: var(--gv-grape);
        font-size: 1.75rem;
      }
    `,
  ];

  /** Opens a new entry. */
  @property({ attribute: false }) write: (() => void) | undefined;

  protected override render(): TemplateResult {
    return html`<div class="stack">
      <div class="art">${icon('grapes')}</div>
      <h2>An empty room</h2>
      <p class="muted">
        What you write is saved on this device and shared with everybody who has the link. There is
        no account and no server that sees it.
      </p>
      <button
        @click=${() => {
          this.write?.();
        }}
      >
        ${icon('note')} Write the first note
      </button>
      <button
        @click=${() => {
          send(this, 'grapevine-view-chosen', 'share');
        }}
      >
        ${icon('share')} Invite someone
      </button>
      <button
        @click=${() => {
          send(this, 'grapevine-view-chosen', 'transfer');
        }}
      >
        ${lazyIcon('import')} Import a folder of notes
      </button>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-empty-room': EmptyRoom;
  }
}
