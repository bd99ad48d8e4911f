import type { SessionId } from '@grapevine/wire';
import type { Awareness } from './awareness.ts';
import type { SignedOpinion } from './statement.ts';
import type { Entry } from './table.ts';

/** PROTOCOL.md M6: memberlist's suspicion multiplier 4 is for probes; our observers are certain. */
const minMs = 2000;
const maxFactor = 6;
const maxConfirmations = 3;
/** With everybody accusing: what a stall of 2.5 s needs to be refuted in time, 0.55 s to spare. Measured. */
const allAccuseMs = 1800;
/** An accusation may be the first that the accused hears of: it has the time to answer. Guess. */
const answerMs = 1000;
/** PROTOCOL.md section 14. */
const maxOpinions = 64;
/** Of one member about one incarnation of another: it may change its mind this often. Guess. */
const maxChanges = 8;

interface Held {
  /** Undefined where it was said before the suspicion was over, and began anew. */
  accuses: boolean | undefined;
  /** It is a neighbour of the accused, which told it of its others. */
  near: boolean;
  number: number;
  /** How many there were before it. */
  changes: number;
  /** Undefined while ours is being signed. */
  signed: SignedOpinion | undefined;
}

/** From where a suspicion is looked at. */
interface Observed {
  self: SessionId;
  /** It is a neighbour of the accused itself. */
  watching: boolean;
  /** Members in the room. */
  size: number;
  /** Nobody else tells what they think. */
  sampled: boolean;
}

/** What is held against one member at one incarnation (M4-M6). */
export class Suspicion {
  readonly about: Entry;
  readonly incarnation: number;
  /** Who the accused named as its neighbours, as far as we were one of them. */
  peers: ReadonlySet<SessionId> | undefined;
  /** Our accusation is for silence: wrong, it counts against us (M8). */
  heardNothing = false;
  /** When we, being its neighbour, have to know whether it answers. */
  decideAt: number | undefined;
  readonly #opinions = new Map<SessionId, Held>();
  #since: number;
  /** When the last accuser joined. */
  #joinedAt: number;
  #degree = 0;

  constructor(about: Entry, nowMs: number) {
    this.about = about;
    this.incarnation = about.incarnation;
    this.#since = nowMs;
    this.#joinedAt = nowMs;
  }

  get accusers(): number {
    return this.#count(true);
  }

  /** The first accusation there is a signature of. */
  get evidence(): SignedOpinion | undefined {
    for (const { accuses, signed } of this.#opinions.values()) {
      if (accuses && signed !== undefined) return signed;
    }
    return undefined;
  }

  /** Since when the time of M6 runs. */
  get since(): number {
    return this.#since;
  }

  /** Whether `by` accuses; undefined where it has said nothing. */
  verdictOf(by: SessionId): boolean | undefined {
    return this.#opinions.get(by)?.accuses;
  }

  /** Whether `by` has said nothing in this suspicion, and there is a place for it. */
  mayJoin(by: SessionId): boolean {
    const held = this.#opinions.get(by);
    return held === undefined ? this.#opinions.size < maxOpinions : held.accuses === undefined;
  }

  /** Of the last opinion of `by`, 0 where there was none. */
  numberOf(by: SessionId): number {
    return this.#opinions.get(by)?.number ?? 0;
  }

  /** Whether an opinion of that number would be news. */
  isNews(by: SessionId, number: number): boolean {
    const held = this.#opinions.get(by);
    if (held === undefined) return this.#opinions.size < maxOpinions;
    return number > held.number && held.changes < maxChanges;
  }

  /** @param degree as the accuser was told, 0 where it does not know */
  hold(
    opinion: { by: SessionId; accuses: boolean; number: number; degree: number },
    signed: SignedOpinion | undefined,
    nowMs: number,
  ): void {
    const { by, accuses, number, degree } = opinion;
    const changes = (this.#opinions.get(by)?.changes ?? -1) + 1;
    if (accuses && this.verdictOf(by) !== true) this.#joinedAt = nowMs;
    // Those who spoke last are remembered longest.
    this.#opinions.delete(by);
    this.#opinions.set(by, { accuses, near: degree > 0, number, changes, signed });
    if (accuses) this.#degree = Math.max(this.#degree, degree);
    else this.#since = nowMs;
  }

  /** Ours has its signature now. @returns false where we think otherwise meanwhile */
  sign(signed: SignedOpinion): boolean {
    const held = this.#opinions.get(signed.by);
    if (held?.number !== signed.number) return false;
    held.signed = signed;
    return true;
  }

  /** It is over. What was said in it does not count once more, should somebody accuse again. */
  conclude(): void {
    this.#degree = 0;
    this.peers = undefined;
    this.heardNothing = false;
    this.decideAt = undefined;
    const before = [...this.#opinions];
    this.#opinions.clear();
    // Half of the places are for who has not spoken yet.
    for (const [by, held] of before.slice(-maxOpinions / 2)) {
      this.#opinions.set(by, { ...held, accuses: undefined, near: false, signed: undefined });
    }
  }

  /** The time of M6 starts anew: our own timers were held up, or it was over. */
  restart(nowMs: number): void {
    this.#since = nowMs;
  }

  /** When the accused is dead, as things stand. */
  deadAt(room: Observed, { scale }: Pick<Awareness, 'scale'>): number {
    return Math.max(this.#timeoutAt(room, scale), this.#joinedAt + answerMs);
  }

  #timeoutAt(room: Observed, scale: number): number {
    const accusers = this.accusers;
    const known = !room.watching || this.verdictOf(room.self) === true;
    // One is everybody only where there is nobody else: it may be the one who is cut off.
    const enough = this.#degree > 1 || (this.#degree === 1 && room.size <= 2);
    const everybody = enough && this.#count(true, true) >= this.#degree && this.#count(false) === 0;
    if (everybody && known) return this.#since + allAccuseMs * scale;
    const min = minMs * Math.max(1, Math.log10(room.size)) * scale;
    if (room.sampled) return this.#since + min;
    const max = maxFactor * min;
    const confirmations = Math.min(
      maxConfirmations,
      this.#degree === 0 ? Infinity : this.#degree - 1,
    );
    if (confirmations <= 0) return this.#since + max;
    const share = Math.log(accusers) / Math.log(confirmations + 1);
    return this.#since + max - (max - min) * Math.min(1, share);
  }

  /** @param near whether only its neighbours count */
  #count(accusing: boolean, near = false): number {
    let count = 0;
    for (const held of this.#opinions.values()) {
      if (held.accuses === accusing && (held.near || !near)) count++;
    }
    return count;
  }
}
