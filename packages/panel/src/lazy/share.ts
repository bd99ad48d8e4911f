import type { Room } from '@grapevine/room';
import { generate } from 'lean-qr';
import { LitElement, css, html, nothing, svg } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { copyText } from '../parts/copy-text.ts';
import { icon } from '../parts/icons.ts';
import { lanAddresses, linkAt, onlyHere } from '../pure/share-links.ts';
import { send } from '../state/events.ts';
import { shared } from '../styles/base.ts';

/** Light modules around a QR code that scanners need (ISO/IEC 18004). */
const quietZone = 4;

/** How to get others in: link, read-only link, QR code, and what each of them gives away. */
@customElement('grapevine-share')
class ShareView extends LitElement {
  static override readonly styles = [
    shared,
    css`
      .top {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 1.25rem;
      }
      .links {
        display: grid;
        gap: 1.5rem;
        align-content: start;
      }
      .links input {
        text-overflow: ellipsis;
      }
      .qr {
        width: 13rem;
        height: 13rem;
        border-radius: var(--gv-radius);
        background: #fff;
        fill: #14210f;
        stroke: none;
      }
      .why {
        padding: 0.5rem 0.75rem;
        border-radius: var(--gv-radius-small);
        background: var(--gv-warn-soft);
      }
      code {
        white-space: nowrap;
      }
      .privacy {
        display: flex;
        gap: 0.625rem;
      }
      .privacy svg {
        color: var(--gv-accent);
      }
      @container panel (max-width: 719px) {
        .top {
          grid-template-columns: minmax(0, 1fr);
        }
        .qr {
          justify-self: center;
        }
      }
    `,
  ];

  @property({ attribute: false }) room: Room | undefined;
  /** Where the server tells its addresses in the local network; empty for none. */
  @property() configUrl = '';
  @state() private addresses: readonly string[] = [];
  @state() private chosen = '';
  @state() private copied = '';

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('configUrl') && this.configUrl !== '') void this.#askServer(this.configUrl);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { room } = this;
    if (room === undefined) return nothing;
    const link = this.#at(room.link);
    const readOnlyLink = this.#at(room.readOnlyLink);
    return html`<div class="page">
      <h2>Share</h2>
      <div class="card top">
        <div class="links">
          ${
            room.readOnly
              ? html`<p>
                  You hold a read-only link, so that is what you can pass on. A full link has to
                  come from somebody who can write.
                </p>`
              : this.#link(
                  'Link to this room',
                  'Copy link',
                  link,
                  'Whoever has it can read and write.',
                )
          }
          ${this.#link(
            'Read-only link',
            'Copy read-only link',
            readOnlyLink,
            'Whoever has it can read everything, search and pass it on, and cannot change anything.',
          )}
          ${this.#addressChoice(room.link)}
        </div>
        ${this.#qr(link)}
      </div>
      <p class="card privacy">
        ${icon('lock')}
        <span>
          Stored only on devices that open this link. The server introduces them to each other and
          sees that they meet, not what they say. The key is in the part of the link behind the #,
          which is never sent to a server. A link cannot be taken back: to shut someone out, start a
          new room.
        </span>
      </p>
    </div>`;
  }

  #link(label: string, button: string, link: string, what: string): TemplateResult {
    return html`<div class="stack">
      <label
        >${label} <span class="muted small">${what}</span>
        <input
          readonly
          aria-label=${label}
          .value=${link}
          @focus=${(event: FocusEvent) => {
            if (event.target instanceof HTMLInputElement) event.target.select();
          }}
        />
      </label>
      <div class="row">
        <button
          class=${label === 'Read-only link' ? '' : 'primary'}
          @click=${() => void this.#copy(link, label)}
        >
          ${button}
        </button>
        ${this.#nativeShare(link)}
        <span role="status">${this.copied === label ? 'Copied.' : ''}</span>
      </div>
    </div>`;
  }

  #nativeShare(link: string): TemplateResult | typeof nothing {
    // Many desktop browsers and all insecure origins lack it.
    if (!('share' in navigator)) return nothing;
    return html`<button
      @click=${() => {
        // Rejects when the person thinks better of it.
        navigator.share({ title: 'Grapevine room', url: link }).catch(() => undefined);
      }}
    >
      ${icon('share')} Send…
    </button>`;
  }

  #addressChoice(link: string): TemplateResult | typeof nothing {
    if (!onlyHere(link)) return nothing;
    if (this.addresses.length === 0) {
      return html`<p class="why small">
        This address works on this computer only. To invite other devices in your network, start the
        server with <code>npm start -- --lan</code>.
      </p>`;
    }
    return html`<label
      >Address for other devices in your network
      <select
        @change=${(event: Event) => {
          if (event.target instanceof HTMLSelectElement) this.chosen = event.target.value;
        }}
      >
        ${this.addresses.map(
          (address) => html`<option ?selected=${address === this.chosen}>${address}</option>`,
        )}
        <option value="" ?selected=${this.chosen === ''}>This computer only</option>
      </select>
    </label>`;
  }

  #qr(link: string): TemplateResult {
    const code = generate(link);
    const rows: string[] = [];
    for (let y = 0; y < code.size; y += 1) {
      for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) rows.push(`M${x} ${y}h1v1h-1z`);
    }
    const side = code.size + 2 * quietZone;
    return html`<svg
      class="qr"
      role="img"
      aria-label="QR code of the link"
      viewBox="${-quietZone} ${-quietZone} ${side} ${side}"
      shape-rendering="crispEdges"
    >
      ${svg`<path d=${rows.join('')} />`}
    </svg>`;
  }

  /** The link as other devices can open it. */
  #at(link: string): string {
    if (this.chosen === '' || !onlyHere(link)) return link;
    return linkAt(this.chosen, link) ?? link;
  }

  async #copy(link: string, label: string): Promise<void> {
    this.copied = '';
    const done = await copyText(link, this.renderRoot);
    if (done) this.copied = label;
    else
      send(this, 'grapevine-notice', {
        text: 'This browser does not let us copy. Select the link and copy it.',
      });
  }

  async #askServer(url: string): Promise<void> {
    try {
      const response = await fetch(url);
      const config: unknown = response.ok ? await response.json() : undefined;
      this.addresses = lanAddresses(config);
      this.chosen = this.addresses[0] ?? '';
    } catch {
      // Offline, or served by something else: then there are no addresses to offer.
      this.addresses = [];
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-share': ShareView;
  }
}
