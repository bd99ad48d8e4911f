import { GrapevineError, limits, utf8 } from '@grapevine/wire';
import type { Attest } from '../attest.ts';
import type { Core } from '../core.ts';
import type { Card, Metric } from '../frames/message.ts';
import { cardBytes } from './statement.ts';
import type { SignedCard } from './statement.ts';
import { hiddenFlag } from './table.ts';

/** Between two cards of ours, by what they are for. A name is typed, a health wavers. Guesses. */
const infoSpacingMs = 250;
const healthSpacingMs = 10_000;
/** An accusation at the new incarnation comes two seconds later at the soonest (M6). */
const refuteSpacingMs = 1000;
/** PROTOCOL.md A1. */
const metricSpacingMs = 1000;
const metricSpacingPerMemberMs = 50;
/**
 * A card is renewed at least this often, so that one of a member whose neighbours all went with it
 * does not stand for ever (M12). Guess: a card a second in a room of a thousand.
 */
const renewMs = 600_000;
const renewPerMemberMs = 1000;

/** After what time without a new card the next one is due in a room of that size. */
export function renewalMs(size: number): number {
  return Math.max(renewMs, size * renewPerMemberMs);
}

interface Signed {
  alive: SignedCard;
  asleep: SignedCard;
  left: SignedCard;
}

/** What the card says beside what it is for. */
interface Words {
  health: number;
  /** Members in the room. */
  size: number;
}

/**
 * Our own card (M2): for every incarnation signed as alive, asleep and left at once, so that the
 * last two can be said while the page is being taken away (M9).
 */
export class OwnCard {
  /** Called with every card that replaces the last. */
  onCard: ((card: SignedCard) => void) | undefined;
  readonly #core: Core;
  readonly #attest: Attest;
  readonly #words: () => Words;
  readonly #metrics = new Map<string, number>();
  #signed: Signed | undefined;
  #state: Card['state'] = 'left';
  #incarnation: number;
  /** The three signatures of a card are being made. */
  #signing = false;
  #again = false;
  #signedAt = -Infinity;
  /** The next card refutes. */
  #refuting = false;
  #refutedAt = -Infinity;
  #dueAt = Infinity;
  #renewAt = Infinity;
  #toldHealth = 0;

  constructor(core: Core, attest: Attest, words: () => Words) {
    this.#core = core;
    this.#attest = attest;
    this.#words = words;
    this.#incarnation = core.settings.incarnation - 1;
  }

  /** Of the newest card asked for. */
  get incarnation(): number {
    return Math.max(this.#incarnation, this.#core.settings.incarnation);
  }

  get state(): Card['state'] {
    return this.#state;
  }

  /** The card as it is to be told now; undefined until it is signed. */
  get current(): SignedCard | undefined {
    return this.#signed?.[this.#state];
  }

  /** We are here, for the first time or again. */
  start(): void {
    this.#state = 'alive';
    this.#renew();
  }

  /** Says at once what was signed beforehand. */
  end(state: 'asleep' | 'left'): void {
    this.#state = state;
    if (this.#signed !== undefined) this.onCard?.(this.#signed[state]);
  }

  /** Another card of ours is held somewhere: ours is to be above it. */
  above(incarnation: number): void {
    this.#incarnation = Math.max(this.#incarnation, incarnation);
    this.#refute();
  }

  /** We were accused at `incarnation` (M7); one we have left already is refuted. */
  accused(incarnation: number): void {
    if (this.#state === 'alive' && incarnation === this.#incarnation) this.#refute();
  }

  infoChanged(): void {
    this.#due(this.#signedAt + infoSpacingMs);
  }

  /** Throws `too-many-metrics`, `metric-invalid`. */
  metric(name: string, value: number | undefined): void {
    if (value === undefined) {
      if (!this.#metrics.delete(name)) return;
    } else {
      this.#checkMetric(name, value);
      if (this.#metrics.get(name) === value) return;
      this.#metrics.set(name, value);
    }
    const spacing = Math.max(metricSpacingMs, this.#words().size * metricSpacingPerMemberMs);
    this.#due(this.#signedAt + spacing);
  }

  metrics(): Metric[] {
    return [...this.#metrics].map(([name, value]) => ({ name, value }));
  }

  /** Signs what is due. @returns when to ask again */
  tick(): number {
    if (this.#state !== 'alive') return Infinity;
    if (this.#health() !== this.#toldHealth) {
      this.#dueAt = Math.min(this.#dueAt, this.#signedAt + healthSpacingMs);
    }
    if (this.#core.now >= Math.min(this.#dueAt, this.#renewAt)) this.#renew();
    return Math.min(this.#dueAt, this.#renewAt);
  }

  #refute(): void {
    if (this.#state !== 'alive') return;
    this.#refuting = true;
    this.#due(Math.max(this.#core.now, this.#refutedAt + refuteSpacingMs));
  }

  #due(at: number): void {
    this.#dueAt = Math.min(this.#dueAt, at);
    const next = this.tick();
    if (next < Infinity) this.#core.schedule('membership', next);
  }

  #health(): number {
    return this.#words().health + (this.#core.hidden ? hiddenFlag : 0);
  }

  #renew(): void {
    this.#dueAt = Infinity;
    if (this.#signing) {
      this.#again = true;
      return;
    }
    const { now, info, settings } = this.#core;
    const { self: session, proof } = settings;
    if (this.#refuting) this.#refutedAt = now;
    this.#refuting = false;
    const health = this.#health();
    this.#signing = true;
    this.#signedAt = now;
    this.#renewAt = now + renewalMs(this.#words().size) * (0.9 + 0.2 * settings.random());
    this.#incarnation++;
    const incarnation = this.#incarnation;
    const metrics = this.metrics();
    this.#toldHealth = health;
    const card = { session, proof, incarnation, health, info, metrics };
    this.#sign({ ...card, state: 'alive' }, (alive) => {
      this.#sign({ ...card, state: 'asleep' }, (asleep) => {
        this.#sign({ ...card, state: 'left' }, (left) => this.#ready({ alive, asleep, left }));
      });
    });
  }

  #sign(card: Card, then: (signed: SignedCard) => void): void {
    const signed = (signature: Uint8Array) => then({ ...card, type: 'alive', signature });
    this.#attest.sign(cardBytes(card), signed, () => this.#failed());
  }

  #ready(signed: Signed): void {
    this.#signing = false;
    this.#signed = signed;
    this.onCard?.(signed[this.#state]);
    if (!this.#again) return;
    this.#again = false;
    if (this.#state === 'alive') this.#renew();
  }

  /** There is no card of this incarnation; the next is tried as soon as any other would be. */
  #failed(): void {
    this.#signing = false;
    this.#again = false;
    this.#due(this.#core.now + refuteSpacingMs);
  }

  #checkMetric(name: string, value: number): void {
    const bytes = utf8(name).length;
    if (!Number.isFinite(value) || bytes > limits.metricNameBytes) {
      throw new GrapevineError(
        'metric-invalid',
        `An aggregate takes finite numbers and a name of at most ${limits.metricNameBytes} bytes.`,
        'Leave the value out where there is none.',
      );
    }
    if (this.#metrics.has(name) || this.#metrics.size < limits.metrics) return;
    throw new GrapevineError(
      'too-many-metrics',
      `A member has at most ${limits.metrics} values for aggregates.`,
      'Take one back first.',
    );
  }
}
