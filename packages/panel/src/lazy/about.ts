import type { Room, RoomStats } from '@grapevine/room';
import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { copyText } from '../parts/copy-text.ts';
import { icon } from '../parts/icons.ts';
import { statusWords } from '../pure/status-words.ts';
import { formatBytes } from '../pure/value-text.ts';
import { send } from '../state/events.ts';
import type { Theme } from '../state/events.ts';
import { RoomController } from '../state/room-controller.ts';
import { shared } from '../styles/base.ts';
import { tableStyles } from '../styles/table.ts';

const statWords: readonly [keyof RoomStats, string][] = [
  ['links', 'Open links'],
  ['entries', 'Entries'],
  ['framesSent', 'Frames sent'],
  ['framesReceived', 'Frames received'],
  ['bytesSent', 'Sent'],
  ['bytesReceived', 'Received'],
  ['deltasReceived', 'Deltas received'],
  ['duplicateDeltas', 'of them duplicates'],
  ['deltasForwarded', 'Deltas forwarded'],
  ['repairBytes', 'Sent for repair'],
  ['roundsRun', 'Gossip rounds'],
  ['peerConnections', 'PeerConnections made'],
];
const byteStats: ReadonlySet<keyof RoomStats> = new Set([
  'bytesSent',
  'bytesReceived',
  'repairBytes',
]);

/** What a browser must have for what; told as it is, so that a report says why something is missing. */
function browserFacts(): [string, boolean][] {
  return [
    ['Secure address (https or localhost)', globalThis.isSecureContext],
    ['WebRTC', 'RTCPeerConnection' in globalThis],
    ['IndexedDB', 'indexedDB' in globalThis],
    ['BroadcastChannel', 'BroadcastChannel' in globalThis],
    ['Service worker', 'serviceWorker' in navigator],
    ['The browser says it is online', navigator.onLine],
  ];
}

/** The room in figures, what is wrong, and a report to send to whoever can help. */
@customElement('grapevine-about')
class AboutView extends LitElement {
  static override readonly styles = [
    shared,
    tableStyles,
    css`
      .head {
        display: flex;
        gap: 0.5rem;
        align-items: center;
        justify-content: space-between;
      }
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1.25rem;
        margin: 0;
        padding: 0;
        border: 0;
      }
      /* Floated, or it would sit on the border. */
      legend {
        float: inline-start;
        width: 100%;
        padding: 0;
        font-weight: 550;
      }
      fieldset label {
        display: inline-flex;
        align-items: center;
        gap: 0.5rem;
        min-height: 44px;
        font-weight: 400;
      }
      fieldset input {
        margin: 0;
        accent-color: var(--gv-accent);
        width: 1.125rem;
        height: 1.125rem;
      }
    `,
  ];

  @property({ attribute: false }) room: Room | undefined;
  @property() chosenTheme: Theme = 'auto';
  @state() private copied = '';

  readonly #follow = new RoomController(this, ['status', 'members', 'memory']);

  protected override render(): TemplateResult | typeof nothing {
    void this.#follow;
    const { room } = this;
    if (room === undefined) return nothing;
    return html`<div class="page">
      <h2>Diagnostics</h2>
      ${this.#problems(room)}
      <section class="card stack" aria-label="Figures">
        <div class="head">
          <h3>Since this page was opened</h3>
          <button
            @click=${() => {
              this.requestUpdate();
            }}
          >
            Refresh
          </button>
        </div>
        ${this.#stats(room.stats())}
      </section>
      <section class="card stack" aria-label="This browser">
        <h3>This browser</h3>
        <table>
          <tbody>
            ${browserFacts().map(
              ([what, has]) =>
                html`<tr>
                  <th scope="row">${what}</th>
                  <td>${has ? 'yes' : 'no'}</td>
                </tr>`,
            )}
          </tbody>
        </table>
        <div class="row">
          <button class="primary" @click=${() => void this.#copy(room)}>Copy report</button>
          <span role="status">${this.copied}</span>
        </div>
        <p class="muted small">
          The report holds no link, no key, no names, no addresses and no memory.
        </p>
      </section>
      ${this.#themes()}
    </div>`;
  }

  #problems(room: Room): TemplateResult {
    const { problems } = room.status();
    if (problems.length === 0) return html`<p class="row">${icon('check')} No problems.</p>`;
    return html`<ul class="card stack" aria-label="Known problems">
      ${problems.map(
        ({ code, message, action }) =>
          html`<li>
            <strong>${message}</strong> ${action} <span class="muted small">(${code})</span>
          </li>`,
      )}
    </ul>`;
  }

  #stats(stats: RoomStats): TemplateResult {
    return html`<table>
      <tbody>
        ${statWords.map(
          ([name, words]) =>
            html`<tr>
              <th scope="row">${words}</th>
              <td>
                ${byteStats.has(name) ? formatBytes(stats[name]) : stats[name].toLocaleString('en')}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  #themes(): TemplateResult {
    const themes: readonly [Theme, string][] = [
      ['auto', 'Like the system'],
      ['light', 'Light'],
      ['dark', 'Dark'],
    ];
    return html`<fieldset class="card">
      <legend>Colours</legend>
      ${themes.map(
        ([theme, words]) =>
          html`<label>
            <input
              type="radio"
              name="theme"
              .checked=${theme === this.chosenTheme}
              @change=${() => {
                send(this, 'grapevine-theme-chosen', theme);
              }}
            />
            ${words}
          </label>`,
      )}
    </fieldset>`;
  }

  async #copy(room: Room): Promise<void> {
    const status = room.status();
    const report = {
      at: new Date().toISOString(),
      browser: navigator.userAgent,
      facts: Object.fromEntries(browserFacts()),
      // Whatever says who it is stays out: the sentences of problems name members and documents.
      status: {
        ...status,
        problems: status.problems.map(({ code }) => code),
        words: statusWords(status).text,
      },
      members: room.members().map(({ state, since, self, kind, health, hidden, link }) => {
        return { state, since, self, kind, health, hidden, link };
      }),
      stats: room.stats(),
    };
    const done = await copyText(JSON.stringify(report, undefined, 2), this.renderRoot);
    this.copied = done ? 'Copied.' : 'This browser does not let us copy.';
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-about': AboutView;
  }
}
