import type { Room, RoomAggregate } from '@grapevine/room';
import { LitElement, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { Meter } from '../pure/meter.ts';
import { OthersAggregates, type Others } from '../state/others-aggregates.ts';
import type { Rates } from '../pure/meter.ts';
import { paceWords, perSecond, seconds } from '../pure/setting-words.ts';
import { formatBytes } from '../pure/value-text.ts';
import { shared } from '../styles/base.ts';
import { effectStyles } from '../styles/settings.ts';
import { tableStyles } from '../styles/table.ts';

/** Milliseconds between two readings: how exactly a round is timed. A guess. */
const readingMs = 250;
/** Readings from one drawing to the next: once a second can be read. */
const readingsShown = 4;
/** Rounds that rates are measured over, and milliseconds at least and at most. Guesses. */
const windowRounds = 6;
const windowMs = [10_000, 120_000] as const;
/** Aggregates of others shown at most: some of those a tab can listen to are left to programs. A guess. */
const othersShown = 24;
/** Up to there aggregates are exact: PROTOCOL.md A2. */
const exactUpTo = '2,000 members';

const number = (value: number | undefined): string =>
  value === undefined ? '–' : value.toLocaleString('en', { maximumFractionDigits: 1 });

/** What comes of the room's settings, as this tab measures it, and what the members' numbers add up to. */
@customElement('grapevine-effect')
class RoomEffect extends LitElement {
  static override readonly styles = [shared, tableStyles, effectStyles];

  @property({ attribute: false }) room: Room | undefined;

  #meter = new Meter();
  #settings = '';
  #readings = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #others = new OthersAggregates(othersShown);
  #ofOthers: Others = { open: [], more: 0 };

  override connectedCallback(): void {
    super.connectedCallback();
    this.#meter = new Meter();
    this.#timer = setInterval(() => {
      this.#read();
    }, readingMs);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
    this.#others.stop();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('room')) return;
    this.#meter = new Meter();
    this.#settings = '';
    this.#others.stop();
    if (this.isConnected) this.#follow();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { room } = this;
    if (room === undefined) return nothing;
    return html`${this.#effect(room)} ${this.#aggregates(room)}`;
  }

  /** Milliseconds: enough for some rounds. */
  get #window(): number {
    const interval = this.room?.settings().find(({ name }) => name === 'intervalMs')?.value ?? 0;
    return Math.min(Math.max(windowRounds * interval, windowMs[0]), windowMs[1]);
  }

  #read(): void {
    const { room } = this;
    if (room === undefined) return;
    if (document.visibilityState === 'hidden') {
      // Rounds of a hidden page go by other rules: what is seen afterwards is measured anew.
      this.#meter = new Meter();
      return;
    }
    const settings = String(room.settings().map(({ value }) => value));
    const isOther = this.#settings !== '' && settings !== this.#settings;
    this.#settings = settings;
    if (isOther) this.#meter.restart(this.#window);
    const { roundsRun: rounds, framesSent: frames, bytesSent: bytes } = room.stats();
    this.#meter.add({ at: performance.now(), rounds, frames, bytes });
    this.#readings += 1;
    if (!isOther && this.#readings % readingsShown > 0) return;
    this.#follow();
    this.requestUpdate();
  }

  #follow(): void {
    if (this.room !== undefined) this.#ofOthers = this.#others.follow(this.room);
  }

  #effect(room: Room): TemplateResult {
    const now = this.#meter.rates(this.#window);
    const { before } = this.#meter;
    const row = (words: string, of: (rates: Rates) => string): TemplateResult =>
      html`<tr>
        <th scope="row">${words}</th>
        ${before === undefined ? nothing : html`<td class="before">${of(before)}</td>`}
        <td>${now === undefined ? '…' : of(now)}</td>
      </tr>`;
    return html`<section class="card stack" aria-label="Effect">
      <h3>What comes of it in this tab</h3>
      <table>
        <thead>
          <tr>
            <td></td>
            ${before === undefined ? nothing : html`<th scope="col">Before</th>`}
            <th scope="col">Now</th>
          </tr>
        </thead>
        <tbody>
          ${row('Between two rounds', everyWords)} ${row('Rounds a second', roundsWords)}
          ${row('Frames sent a second', ({ frames }) => perSecond(frames))}
          ${row('Sent a second', ({ bytes }) => formatBytes(Math.round(bytes)))}
          <tr>
            <th scope="row">Links</th>
            ${before === undefined ? nothing : html`<td></td>`}
            <td>${number(room.stats().links)}</td>
          </tr>
        </tbody>
      </table>
      <p class="small muted">
        ${before === undefined ? nothing : 'Before: as it was until a setting changed.'}
        ${paceWords(room.status())}
        ${now === undefined ? 'Measuring…' : `Measured over ${seconds(now.overMs)}.`}
      </p>
    </section>`;
  }

  #aggregates(room: Room): TemplateResult | typeof nothing {
    const { more, open } = this.#ofOthers;
    const aggregates = [...room.aggregates(), ...open];
    if (aggregates.length === 0) return nothing;
    const exact = aggregates.every((aggregate) => aggregate.value().exact);
    return html`<section class="card stack" aria-label="Across the room">
      <h3>Across the room</h3>
      ${aggregates.map((aggregate) => aggregatePart(aggregate))}
      ${more > 0 ? html`<p class="small muted">And ${number(more)} more of others.</p>` : nothing}
      <p class="small muted">
        ${
          exact
            ? `Exact: added up from what each member here says of itself. Beyond ${exactUpTo} it becomes an estimate.`
            : `The room has more than ${exactUpTo}: members, sum and average are estimates, off by some 10 %; least and most are those of all.`
        }
      </p>
    </section>`;
  }
}

/** `2.0 s`; until two rounds were seen, how long none has come. */
function everyWords({ everyMs, quietMs }: Rates): string {
  return everyMs === undefined ? `over ${seconds(quietMs)}` : seconds(everyMs);
}

function roundsWords({ everyMs, quietMs }: Rates): string {
  if (everyMs !== undefined) return perSecond(1_000 / everyMs);
  return quietMs < 1_000 ? '…' : `under ${perSecond(1_000 / quietMs)}`;
}

function aggregatePart(aggregate: RoomAggregate): TemplateResult {
  const { count, sum, average, min, max } = aggregate.value();
  const facts: readonly [string, number | undefined][] = [
    ['Members', count],
    ['Sum', sum],
    ['Average', average],
    ['Least', min],
    ['Most', max],
  ];
  return html`<div class="aggregate" role="group" aria-label=${aggregate.name}>
    <h4><bdi>${aggregate.name}</bdi></h4>
    <dl>
      ${facts.map(
        ([words, value]) =>
          html`<div>
            <dt class="small muted">${words}</dt>
            <dd>${number(value)}</dd>
          </div>`,
      )}
    </dl>
  </div>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'grapevine-effect': RoomEffect;
  }
}
