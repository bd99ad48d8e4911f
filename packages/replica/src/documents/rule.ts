import { DecodeError } from '@grapevine/wire';
import type { PayloadRule } from '../log/delta.ts';
import { clientIdOf } from './client-id.ts';
import { clockAfter, guardMessage, readBody } from './guard.ts';

/** One step of the hash below spreads documents over this many buckets; a power of two. */
const buckets = 256;

/**
 * The next clock of one session in each document. Immutable, since a feed may be judged from any prefix again; in buckets, since a feed may
 * name very many documents and every delta makes a new table.
 */
class ClockTable {
  static readonly empty = new ClockTable([]);
  readonly #buckets: readonly (ReadonlyMap<string, number> | undefined)[];

  constructor(contents: readonly (ReadonlyMap<string, number> | undefined)[]) {
    this.#buckets = contents;
  }

  get(document: string): number {
    return this.#buckets[bucketOf(document)]?.get(document) ?? 0;
  }

  with(document: string, clock: number): ClockTable {
    if (this.get(document) === clock) return this;
    const at = bucketOf(document);
    const contents = this.#buckets.slice();
    contents[at] = new Map(contents[at]).set(document, clock);
    return new ClockTable(contents);
  }
}

function bucketOf(document: string): number {
  let hash = 0;
  for (let at = 0; at < document.length; at++) hash = (hash * 31 + document.charCodeAt(at)) | 0;
  return hash & (buckets - 1);
}

/** PROTOCOL.md L7 for kind 2: decides Y2. Its state is the next clock of the feed's session in each document. */
export const yjsRule: PayloadRule = (delta, state) => {
  const clocks = state instanceof ClockTable ? state : ClockTable.empty;
  const clock = clocks.get(delta.document);
  const body = readBody(delta.body);
  if (body instanceof DecodeError) return refuse(body.message);
  if (body.form === 'detached') {
    const size = delta.values[0]?.size;
    if (size === undefined) return refuse('no value for a detached message');
    if (body.first !== clock) return refuse('structs do not follow the last ones');
    // The message itself may not be here: what it says is held against these clocks when it is (Y4).
    if (body.next < body.first || body.next - body.first > size)
      return refuse('structs longer than the update');
    return { valid: true, state: clocks.with(delta.document, body.next) };
  }
  const client = clientIdOf(delta.session);
  const guarded = guardMessage(body.message, client);
  if (guarded instanceof DecodeError) return refuse(guarded.message);
  const next = clockAfter(guarded, client, clock);
  if (next instanceof DecodeError) return refuse(next.message);
  return { valid: true, state: clocks.with(delta.document, next) };
};

function refuse(reason: string): { valid: false; reason: string } {
  return { valid: false, reason };
}
