import { LitElement, css, html } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Tab } from '../grapevine-panel.ts';
import { icon } from '../parts/icons.ts';
import { send } from '../state/events.ts';
import { shared } from '../styles/base.ts';

/** The views a narrow panel has no button for. */
@customElement('grapevine-more')
class MoreView extends LitElement {
  static override readonly styles = [
    shared,
    css`
      .item {
        width: 100%;
        justify-content: flex-start;
        min-height: 56px;
      }
      .item svg:last-child {
        margin-inline-start: auto;
        color: var(--gv-muted);
      }
    `,
  ];

  @property({ attribute: false }) tabs: readonly Tab[] = [];

  protected override render(): TemplateResult {
    return html`<div class="page">
      <h2>More</h2>
      <ul class="stack">
        ${this.tabs
          .filter(({ where }) => where === 'wide')
          .map(
            ({ view, icon: name, words }) =>
              html`<li>
                <button
                  class="item"
                  @click=${() => {
                    send(this, 'grapevine-view-chosen', view);
                  }}
                >
                  ${icon(name)} ${words} ${icon('right')}
                </button>
              </li>`,
          )}
      </ul>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-more': MoreView;
  }
}
