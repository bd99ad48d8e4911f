import { limits } from '@grapevine/wire';
import type { SessionId, ValueHash } from '@grapevine/wire';
import type { Delta } from '../log/delta.ts';
import { clientIdOf } from './client-id.ts';
import type { GuardedUpdate } from './guard.ts';

/** A delta's update, or what keeps it from being read. */
export type Reading = GuardedUpdate | { missing: ValueHash } | 'inert';

export interface CausalBufferOptions {
  /** All deltas of the document that the log holds, in any order. */
  log(): Iterable<Delta>;
  read(delta: Delta): Reading;
  /** Everything the update needs is there. @returns false where the delta is inert (PROTOCOL.md Y4, Y6) */
  apply(delta: Delta, guarded: GuardedUpdate): boolean;
  /** Clocks `from` to `to` (exclusive) of `client` will never be written: put empty structs in their place. */
  fill(client: number, from: number, to: number): void;
  /** Something applied turns out not to belong: the document has to be replayed from the log. Nothing more is applied here. */
  onStale(): void;
  /** `session` shares its clientID with a lower one and is not shown (PROTOCOL.md Y5). */
  onClash(session: SessionId): void;
  /** Default: PROTOCOL.md section 14. */
  maxDeltas?: number;
  maxBytes?: number;
}

/** Deltas a session may hold although the buffer is full, so that nobody can fill it and shut others out. A guess. */
const reserve = 32;

/** One session's deltas in the order of its feed. Only the first can be applied next. */
interface Lane {
  readonly session: SessionId;
  readonly client: number;
  readonly held: Delta[];
  /** The highest seq offered, and the highest that was ever held. */
  offered: number;
  taken: number;
  /** Offered, not held: to be read from the log when the held ones are through. */
  skipped: number;
  applied: boolean;
  /** `inert` after a delta that breaks Y4 or Y6; `hidden` for the loser of a clash. Neither applies anything more. */
  state: 'open' | 'inert' | 'hidden';
}

/**
 * PROTOCOL.md Y3: holds the deltas of one document until what they depend on is applied, so that nothing reaches Yjs' own pending structures.
 *
 * Each session is a lane, offered in the order of its feed (G1 gives nothing else); a delta offered again changes nothing. A lane whose first delta
 * cannot go on is parked at the one client or value it lacks and looked at again when that moves. Over its limit the buffer holds no more of a lane than
 * a small reserve; the rest stays in the log and is read from there when the lane gets that far.
 *
 * A session that ended or turned inert writes nothing beyond its last clock here. What others wrote upon a lost branch of it
 * would wait for ever, and their sessions with it; so, once it is certain that a clock never comes, it counts as filled with empty structs: what hangs on
 * those vanishes, alike on every replica, and the rest goes on.
 */
export class CausalBuffer {
  readonly #options: CausalBufferOptions;
  readonly #maxDeltas: number;
  readonly #maxBytes: number;
  readonly #lanes = new Map<SessionId, Lane>();
  readonly #shown = new Map<number, Lane>();
  readonly #clocks = new Map<number, number>();
  readonly #ended = new Set<number>();
  readonly #filled = new Set<number>();
  readonly #ready = new Set<Lane>();
  readonly #atClient = new Map<number, Map<Lane, number>>();
  readonly #atValue = new Map<ValueHash, Set<Lane>>();
  #heldDeltas = 0;
  #heldBytes = 0;
  #skipped = 0;
  #stale = false;

  constructor(options: CausalBufferOptions) {
    this.#options = options;
    this.#maxDeltas = options.maxDeltas ?? limits.causalBufferDeltas;
    this.#maxBytes = options.maxBytes ?? limits.causalBufferBytes;
  }

  /** Deltas that wait, those left in the log included. */
  get pending(): number {
    return this.#heldDeltas + this.#skipped;
  }

  /** Deltas held in memory. */
  get held(): number {
    return this.#heldDeltas;
  }

  /** Whether `drain` has something to try. */
  get ready(): boolean {
    return this.#ready.size > 0 && !this.#stale;
  }

  /** The next clock of `client` as applied deltas say. */
  clock(client: number): number {
    return this.#clocks.get(client) ?? 0;
  }

  /** The highest seq of `session` that was taken in, applied or not. */
  reached(session: SessionId): number {
    return this.#lanes.get(session)?.offered ?? 0;
  }

  /** Sessions with a delta that breaks PROTOCOL.md Y4 or Y6. */
  inert(): SessionId[] {
    return [...this.#lanes.values()].filter((l) => l.state === 'inert').map((l) => l.session);
  }

  /** Lets `session` take part in the decision on clashes before any of its deltas is offered. */
  announce(session: SessionId): void {
    this.#lane(session);
  }

  offer(delta: Delta): void {
    const lane = this.#lane(delta.session);
    if (delta.seq <= lane.offered) return;
    lane.offered = delta.seq;
    if (lane.state !== 'open') return;
    // Filling took place before the whole prefix of an ended feed was here.
    if (this.#filled.has(lane.client)) this.#spoil();
    if (lane.skipped > 0 || !this.#hasRoom(lane)) {
      lane.skipped++;
      this.#skipped++;
    } else this.#hold(lane, delta);
  }

  /** No delta of `session` will come beyond those offered. */
  end(session: SessionId): void {
    const client = clientIdOf(session);
    this.#ended.add(client);
    this.#wake(client);
  }

  valueArrived(hash: ValueHash): void {
    for (const lane of this.#atValue.get(hash) ?? []) this.#ready.add(lane);
    this.#atValue.delete(hash);
  }

  /** Applies all that can be applied. */
  drain(): void {
    for (const lane of this.#ready) {
      this.#ready.delete(lane);
      while (!this.#stale && this.#advance(lane));
      if (this.#stale) return;
    }
  }

  /** @returns whether the lane's next delta may be tried */
  #advance(lane: Lane): boolean {
    if (lane.state !== 'open') return false;
    if (lane.held.length === 0) this.#refill(lane);
    const delta = lane.held[0];
    if (delta === undefined) {
      if (this.#ended.has(lane.client)) this.#wake(lane.client);
      return false;
    }
    const reading = this.#options.read(delta);
    if (reading === 'inert') return this.#close(lane, 'inert');
    if ('missing' in reading) {
      park(this.#atValue, reading.missing, () => new Set<Lane>()).add(lane);
      return false;
    }
    return this.#tryApply(lane, delta, reading);
  }

  #tryApply(lane: Lane, delta: Delta, reading: GuardedUpdate): boolean {
    const { client, next } = reading.outline;
    if (!this.#satisfied(lane, reading)) return false;
    if (!this.#options.apply(delta, reading)) return this.#close(lane, 'inert');
    lane.applied = true;
    this.#release(lane, 1);
    if (client !== undefined) {
      this.#clocks.set(client, next);
      this.#wake(client);
    }
    return true;
  }

  /** Parks the lane at the first thing it lacks; fills what can never come once nothing else is lacking. */
  #satisfied(lane: Lane, { outline }: GuardedUpdate): boolean {
    const never: [client: number, clock: number][] = [];
    for (const [client, clock] of outline.needs) {
      if (this.clock(client) >= clock) continue;
      if (client !== lane.client && this.#isOver(client)) never.push([client, clock]);
      else {
        park(this.#atClient, client, () => new Map<Lane, number>()).set(lane, clock);
        return false;
      }
    }
    for (const [client, clock] of never) {
      this.#options.fill(client, this.clock(client), clock);
      this.#clocks.set(client, clock);
      this.#filled.add(client);
    }
    return true;
  }

  #isOver(client: number): boolean {
    const lane = this.#shown.get(client);
    if (lane?.state === 'inert') return true;
    return this.#ended.has(client) && (lane === undefined || lane.held.length + lane.skipped === 0);
  }

  #wake(client: number): void {
    const parked = this.#atClient.get(client);
    if (parked === undefined) return;
    const over = this.#isOver(client);
    for (const [lane, clock] of parked) {
      if (!over && clock > this.clock(client)) continue;
      parked.delete(lane);
      this.#ready.add(lane);
    }
    if (parked.size === 0) this.#atClient.delete(client);
  }

  #lane(session: SessionId): Lane {
    const known = this.#lanes.get(session);
    if (known !== undefined) return known;
    const client = clientIdOf(session);
    const lane: Lane = {
      session,
      client,
      held: [],
      offered: 0,
      taken: 0,
      skipped: 0,
      applied: false,
      state: 'open',
    };
    this.#lanes.set(session, lane);
    const rival = this.#shown.get(client);
    if (rival === undefined || session < rival.session) this.#shown.set(client, lane);
    else this.#close(lane, 'hidden');
    if (rival !== undefined) this.#clash(session < rival.session ? rival : lane);
    return lane;
  }

  #clash(loser: Lane): void {
    this.#close(loser, 'hidden');
    this.#options.onClash(loser.session);
    if (loser.applied) this.#spoil();
  }

  #spoil(): void {
    this.#stale = true;
    this.#options.onStale();
  }

  #close(lane: Lane, state: 'inert' | 'hidden'): false {
    lane.state = state;
    this.#release(lane, lane.held.length);
    this.#skipped -= lane.skipped;
    lane.skipped = 0;
    this.#ready.delete(lane);
    if (state === 'inert') this.#wake(lane.client);
    return false;
  }

  #hasRoom(lane: Lane): boolean {
    return (
      lane.held.length < reserve ||
      (this.#heldDeltas < this.#maxDeltas && this.#heldBytes < this.#maxBytes)
    );
  }

  #hold(lane: Lane, delta: Delta): void {
    lane.held.push(delta);
    lane.taken = delta.seq;
    this.#heldDeltas++;
    this.#heldBytes += delta.body.length;
    if (lane.held.length === 1) this.#ready.add(lane);
  }

  #release(lane: Lane, count: number): void {
    for (const delta of lane.held.splice(0, count)) {
      this.#heldDeltas--;
      this.#heldBytes -= delta.body.length;
    }
  }

  #refill(lane: Lane): void {
    if (lane.skipped === 0) return;
    this.#skipped -= lane.skipped;
    lane.skipped = 0;
    const left = [...this.#options.log()]
      .filter((d) => d.session === lane.session && d.seq > lane.taken && d.seq <= lane.offered)
      .sort((a, b) => a.seq - b.seq);
    for (const [index, delta] of left.entries()) {
      if (!this.#hasRoom(lane)) {
        lane.skipped = left.length - index;
        this.#skipped += lane.skipped;
        return;
      }
      this.#hold(lane, delta);
    }
  }
}

function park<K, V>(table: Map<K, V>, key: K, make: () => V): V {
  const found = table.get(key);
  if (found !== undefined) return found;
  const made = make();
  table.set(key, made);
  return made;
}
