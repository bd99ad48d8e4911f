/** Counts sockets and joins for each address, and forgets an address as soon as it can. */
import type { AddressKey } from './address.ts';
import { TokenBucket } from './rate-limit.ts';

interface Tally {
  sockets: number;
  readonly joins: TokenBucket;
}

/** Addresses remembered at once; past this the oldest without a socket is forgotten. */
const talliesMax = 65_536;

export class Admission {
  readonly #tallies = new Map<string, Tally>();
  readonly #socketsMax: number;
  readonly #joinsPerMinute: number;

  constructor(limits: { maxSocketsPerAddress: number; maxJoinsPerMinute: number }) {
    this.#socketsMax = limits.maxSocketsPerAddress;
    this.#joinsPerMinute = limits.maxJoinsPerMinute;
  }

  get size(): number {
    return this.#tallies.size;
  }

  /** Every true is paired with one release(). */
  admitSocket(key: AddressKey, nowMs: number): boolean {
    if (key === null) return true;
    const tally = this.#tally(key, nowMs);
    if (tally.sockets >= this.#socketsMax) return false;
    tally.sockets += 1;
    return true;
  }

  release(key: AddressKey): void {
    const tally = key === null ? undefined : this.#tallies.get(key);
    if (tally !== undefined) tally.sockets -= 1;
  }

  admitJoin(key: AddressKey, nowMs: number): boolean {
    return key === null || this.#tally(key, nowMs).joins.take(nowMs);
  }

  /** Forgets every address that has no socket and no join worth remembering. */
  sweep(nowMs: number): void {
    for (const [key, { sockets, joins }] of this.#tallies) {
      if (sockets === 0 && joins.isFull(nowMs)) this.#tallies.delete(key);
    }
  }

  #tally(key: string, nowMs: number): Tally {
    const known = this.#tallies.get(key);
    if (known !== undefined) return known;
    if (this.#tallies.size >= talliesMax) this.#forgetOne();
    const perSecond = this.#joinsPerMinute / 60;
    const joins = new TokenBucket(this.#joinsPerMinute, perSecond, nowMs);
    const tally = { sockets: 0, joins };
    this.#tallies.set(key, tally);
    return tally;
  }

  #forgetOne(): void {
    for (const [key, { sockets }] of this.#tallies) {
      if (sockets > 0) continue;
      this.#tallies.delete(key);
      return;
    }
  }
}
