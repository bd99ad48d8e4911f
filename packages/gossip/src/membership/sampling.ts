import { equalBytes } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';
import { sampledDigest } from './table.ts';

/** A sampled room is one no more below this share of a full table, so that it does not waver. */
const sampledShare = 0.75;

/** Whether the room has more members than a table may hold (M1), and how many (A4). */
export class Sampling {
  readonly #core: Core;
  #sampled = false;
  #estimate: number | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  get sampled(): boolean {
    return this.#sampled;
  }

  /** Members in the room where `here` are in the table. */
  size(here: number): number {
    if (!this.#sampled) return here;
    return Math.max(here, this.#estimate ?? this.#core.settings.knownMembers);
  }

  /** There is a member for whom the table has no place. */
  begin(): void {
    this.#sampled = true;
  }

  estimate(members: number | undefined): void {
    this.#estimate = members;
    const few = sampledShare * this.#core.settings.knownMembers;
    if (members !== undefined && members < few) this.#sampled = false;
  }

  /** A room is sampled too where most neighbours say so, unless it is known to be small. */
  learn({ memberDigest }: Neighbour): void {
    if (this.#sampled || this.#estimate !== undefined || !says(memberDigest)) return;
    let saying = 0;
    for (const neighbour of this.#core.active.values()) if (says(neighbour.memberDigest)) saying++;
    if (saying * 2 > this.#core.active.size) this.#sampled = true;
  }
}

function says(digest: Uint8Array | undefined): boolean {
  return digest !== undefined && equalBytes(digest, sampledDigest);
}
