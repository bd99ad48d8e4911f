import type { Problem, Room } from '@grapevine/room';
import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { plural, statusWords } from '../pure/status-words.ts';
import type { Tone } from '../pure/status-words.ts';
import { RoomController } from '../state/room-controller.ts';
import { shared } from '../styles/base.ts';
import { icon } from './icons.ts';
import type { IconName } from './icons.ts';

const toneIcon: Readonly<Record<Tone, IconName>> = { good: 'check', busy: 'busy', quiet: 'pause' };

/** Always there: the room's state in plain words, and what is wrong with what to do about it. The one live region of the panel. */
@customElement('grapevine-status')
export class StatusBar extends LitElement {
  static override readonly styles = [
    shared,
    css`
      :host {
        background: var(--gv-raised);
        border-bottom: 1px solid var(--gv-line);
        font-size: 0.875rem;
      }
      .line {
        display: flex;
        gap: 0.375rem 0.5rem;
        align-items: center;
        min-height: 2.25rem;
        padding: 0.25rem 1rem;
      }
      .state {
        display: inline-flex;
        gap: 0.5rem;
        align-items: center;
        font-weight: 600;
      }
      .good {
        color: var(--gv-accent);
      }
      .busy svg {
        animation: turn 1.4s linear infinite;
      }
      @keyframes turn {
        to {
          transform: rotate(1turn);
        }
      }
      .members {
        margin-inline-start: auto;
        white-space: nowrap;
      }
      .problem {
        display: flex;
        gap: 0.5rem;
        padding: 0.5rem 1rem;
        background: var(--gv-warn-soft);
        border-top: 1px solid var(--gv-line);
      }
      .problem svg {
        color: var(--gv-warn);
        margin-top: 0.1em;
      }
    `,
  ];

  @property({ attribute: false }) room: Room | undefined;

  readonly #follow = new RoomController(this, ['status', 'members']);

  protected override render(): TemplateResult | typeof nothing {
    void this.#follow;
    if (this.room === undefined) return nothing;
    const status = this.room.status();
    const words = statusWords(status);
    return html`<section aria-label="Room status">
      <div class="line">
        <span class="state ${words.tone}">
          ${icon(toneIcon[words.tone])}<span role="status">${words.text}</span>
        </span>
        ${words.detail === '' ? nothing : html`<span class="muted">${words.detail}</span>`}
        ${
          status.members > 1
            ? html`<span class="members muted">${plural(status.members, 'member')}</span>`
            : nothing
        }
      </div>
      <ul aria-label="Problems" aria-live="polite">
        ${status.problems.map((problem) => this.#problem(problem))}
      </ul>
    </section>`;
  }

  #problem(problem: Problem): TemplateResult {
    return html`<li class="problem">
      ${icon('warning')}
      <span><strong>${problem.message}</strong> ${problem.action}</span>
    </li>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-status': StatusBar;
  }
}
