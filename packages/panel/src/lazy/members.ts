import type { Member, Room } from '@grapevine/room';
import { LitElement, css, html, nothing, svg } from 'lit';
import type { SVGTemplateResult, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from '../parts/icons.ts';
import {
  conditionWords,
  kindWords,
  pathWords,
  rttWords,
  sortMembers,
  stateMeanings,
  stateWords,
} from '../pure/member-words.ts';
import { exactTime, lastingTime, relativeTime } from '../pure/relative-time.ts';
import { ClockController } from '../state/clock-controller.ts';
import { errorWords, send } from '../state/events.ts';
import { RoomController } from '../state/room-controller.ts';
import { shared } from '../styles/base.ts';
import { detailsStyles } from '../styles/details.ts';
import { lazyIcon } from './icons.ts';

/** States that were entered once and are over, rather than lasting. */
const gone: ReadonlySet<Member['state']> = new Set(['dead', 'left']);

function barOf(index: number, lit: boolean): SVGTemplateResult {
  const height = 4 + index * 4;
  return svg`<rect class=${lit ? 'lit' : ''} x=${index * 6} y=${16 - height} width="4" height=${height} rx="1" />`;
}

/** Who is in the room, you first: how each is doing and how packets reach them. */
@customElement('grapevine-members')
class MembersView extends LitElement {
  static override readonly styles = [
    shared,
    detailsStyles,
    css`
      .members {
        display: grid;
        gap: 0.5rem;
      }
      .member {
        display: grid;
        grid-template-columns: auto 1fr auto;
        gap: 0.125rem 0.875rem;
        align-items: center;
        content-visibility: auto;
        contain-intrinsic-size: auto 5rem;
      }
      .face {
        grid-row: span 2;
        display: grid;
        place-items: center;
        width: 2.75rem;
        height: 2.75rem;
        border-radius: 50%;
        background: var(--gv-accent-soft);
        color: var(--gv-accent-strong);
      }
      .agent .face,
      .tool .face,
      .import .face {
        border-radius: 10px;
        background: var(--gv-grape-soft);
        color: var(--gv-grape);
      }
      .away .face {
        background: var(--gv-raised);
        color: var(--gv-muted);
      }
      .name {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .path {
        display: inline-flex;
        gap: 0.5rem;
        align-items: center;
        justify-content: end;
      }
      .facts {
        grid-column: 2 / -1;
      }
      dl {
        display: grid;
        gap: 0.5rem;
      }
      dt {
        font-weight: 550;
      }
      .bars {
        width: 1.375rem;
        stroke: none;
        fill: var(--gv-line);
      }
      .bars .lit {
        fill: var(--gv-accent);
      }
      form {
        grid-column: 1 / -1;
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        align-items: end;
        margin-top: 0.75rem;
      }
      form label {
        flex: 1 1 12rem;
      }
      @container panel (max-width: 719px) {
        .member {
          grid-template-columns: auto 1fr;
        }
        .face {
          grid-row: span 3;
          align-self: start;
        }
        .path {
          grid-row: 3;
          grid-column: 2;
          justify-content: space-between;
        }
      }
      @media (forced-colors: active) {
        .bars {
          fill: GrayText;
        }
        .bars .lit {
          fill: CanvasText;
        }
      }
    `,
  ];

  @property({ attribute: false }) room: Room | undefined;
  @state() private error = '';

  readonly #follow = new RoomController(this, ['members', 'status'], {
    shows: (room) => JSON.stringify(room.members()),
  });
  readonly #clock = new ClockController(this);

  protected override render(): TemplateResult | typeof nothing {
    void this.#follow;
    void this.#clock;
    const { room } = this;
    if (room === undefined) return nothing;
    const members = sortMembers(room.members());
    const now = Date.now();
    return html`<div class="page">
      <h2>Members</h2>
      <ul class="members" role="list" aria-label="Members">
        ${repeat(
          members,
          (member) => member.id,
          (member) => this.#member(member, room, now),
        )}
      </ul>
      ${members.length > 1 ? meanings() : this.#alone()}
    </div>`;
  }

  #alone(): TemplateResult {
    return html`<div class="card stack">
      <p>You are the only one here. Whoever opens the link joins you.</p>
      <div>
        <button
          @click=${() => {
            send(this, 'grapevine-view-chosen', 'share');
          }}
        >
          ${icon('share')} Invite someone
        </button>
      </div>
    </div>`;
  }

  #member(member: Member, room: Room, now: number): TemplateResult {
    const away = member.state !== 'alive';
    return html`<li role="listitem" class="card member ${member.kind} ${away ? 'away' : ''}">
      <span class="face">${lazyIcon(member.kind)}</span>
      <span class="name">
        <bdi>${member.name}</bdi>
        ${member.self ? html`<span class="badge own">You</span>` : nothing}
        ${member.author === room.self.author ? html`<span class="badge own">This device</span>` : nothing}
        ${member.kind === 'person' ? nothing : html`<span class="badge">${kindWords[member.kind]}</span>`}
      </span>
      ${member.self || gone.has(member.state) ? nothing : this.#path(member)}
      <span class="facts muted small">
        <span title=${exactTime(member.since)}
          >${stateWords[member.state]}
          ${
            gone.has(member.state)
              ? relativeTime(member.since, now)
              : lastingTime(member.since, now)
          }</span
        >${conditionWords(member).map((words) => html`<span>, ${words}</span>`)}${
          // In figures too, for whoever compares pages; nobody else is to read it.
          member.health === undefined || gone.has(member.state)
            ? nothing
            : html`<span class="visually-hidden">, health ${member.health} of 7, 0 is best</span>`
        }
      </span>
      ${member.self ? this.#rename(room) : nothing}
    </li>`;
  }

  #path(member: Member): TemplateResult {
    const { text, bars } = pathWords(member.link);
    const rtt = rttWords(member.link?.rttMs);
    return html`<span class="path small">
      <span>${text}${rtt === '' ? nothing : html` · ${rtt}`}</span>
      <svg class="bars" viewBox="0 0 22 16" aria-hidden="true">
        ${[0, 1, 2, 3].map((bar) => barOf(bar, bar < bars))}
      </svg>
    </span>`;
  }

  #rename(room: Room): TemplateResult {
    return html`<form
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        const input = this.renderRoot.querySelector<HTMLInputElement>('[name="name"]');
        if (input !== null) void this.#setName(room, input.value.trim());
      }}
    >
      <label
        >Your name
        <input
          name="name"
          required
          maxlength="64"
          autocomplete="nickname"
          .defaultValue=${room.self.name}
        />
      </label>
      <button>Rename</button>
      ${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error}</p>`}
    </form>`;
  }

  async #setName(room: Room, name: string): Promise<void> {
    this.error = '';
    if (name === '') return;
    try {
      await room.setName(name);
      send(this, 'grapevine-notice', { text: `You are now known as ${room.self.name}.` });
    } catch (error) {
      this.error = errorWords(error);
    }
  }
}

function meanings(): TemplateResult {
  const states = ['alive', 'suspect', 'asleep', 'dead', 'left'] as const;
  return html`<details>
    <summary>What the words mean</summary>
    <dl class="small">
      ${states.map(
        (name) =>
          html`<div>
            <dt>${stateWords[name]}</dt>
            <dd class="muted">${stateMeanings[name]}</dd>
          </div>`,
      )}
      <div>
        <dt>Page in the background</dt>
        <dd class="muted">Another tab or window is in front, so the browser slows it down.</dd>
      </div>
      <div>
        <dt>Keeps up well, a little slow, slow, barely keeps up</dt>
        <dd class="muted">
          How timely its page does its part, as it says itself: its health is 0, 1 or 2, 3 to 5, 6
          or 7. A slow one is given more time before anybody suspects it.
        </dd>
      </div>
    </dl>
  </details>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-members': MembersView;
  }
}
