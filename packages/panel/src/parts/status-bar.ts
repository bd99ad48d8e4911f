import type { Problem, Room, Status } from '@grapevine/room';
import { LitElement, css, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { plural, statusWords } from '../pure/status-words.ts';
import type { Tone } from '../pure/status-words.ts';
import { RoomController } from '../state/room-controller.ts';
import { shared } from '../styles/base.ts';
import { icon } from './icons.ts';
import type { IconName } from './icons.ts';

const toneIcon: Readonly<Record<Tone, IconName>> = { good: 'check', busy: 'busy', quiet: 'pause' };

/**
 * Milliseconds for which the room is behind before it is said: what one change takes to be known everywhere is over by then. A guess, twice as long as
 * members take to tell each other that they are in sync again.
 */
const behindMs = 500;

/** Always there: the room's state in plain words, and what is wrong with what to do about it. The one live region of the panel. */
@customElement('grapevine-status')
class StatusBar extends LitElement {
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

  @state() private status: Status | undefined;

  readonly #follow = new RoomController(this, ['status', 'members'], {
    shows: (room) => JSON.stringify(room.status()),
    onChange: () => {
      this.#look();
    },
  });
  #patience: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopWaiting();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('room')) return;
    this.#stopWaiting();
    this.status = this.room?.status();
  }

  protected override render(): TemplateResult | typeof nothing {
    void this.#follow;
    const { status } = this;
    if (status === undefined) return nothing;
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

  /** Shows how the room is. That it has fallen behind only once that has lasted; what is wrong never waits. */
  #look(): void {
    const status = this.room?.status();
    const shown = this.status;
    if (status?.state !== 'catching-up' || shown?.state !== 'in-sync') {
      this.#stopWaiting();
      this.status = status;
      return;
    }
    this.status = { ...status, state: 'in-sync', inSyncWith: shown.inSyncWith };
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined;
      this.status = this.room?.status();
    }, behindMs);
  }

  #stopWaiting(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
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
