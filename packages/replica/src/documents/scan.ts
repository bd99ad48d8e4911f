import { DecodeError, decode } from '@grapevine/wire';
import type { Reader } from '@grapevine/wire';
import { scanContent, scanString } from './scan-content.ts';

/** `length` clocks of `client`, from `clock` on. */
export interface ClockRange {
  client: number;
  clock: number;
  length: number;
}

/** One clock of one client: what Yjs calls an ID. */
export interface Id {
  readonly client: number;
  readonly clock: number;
}

/** Where one struct says it belongs. */
export interface Placement {
  readonly clock: number;
  readonly length: number;
  /** Whether it has no content at all (Yjs calls it GC), and so no place either. */
  readonly empty: boolean;
  /** Whether its content is a shared type. */
  readonly type: boolean;
  readonly origin: Id | null;
  readonly right: Id | null;
  /** Name of a root type, or the item of a nested one; null where an origin stands for it. */
  readonly parent: string | Id | null;
  readonly key: string | null;
}

/** What an update says about clocks and places; its content is not kept. */
export interface UpdateOutline {
  /** Whose structs it holds; undefined where it only deletes. */
  client: number | undefined;
  /** Its structs cover the clocks first (inclusive) to next (exclusive); both 0 where it only deletes. */
  first: number;
  next: number;
  /** Its structs, ascending. */
  placements: readonly Placement[];
  /** Ascending and apart within a client. */
  deletes: readonly ClockRange[];
  /** For each client the clock that must be reached before the update applies (PROTOCOL.md Y3). */
  needs: ReadonlyMap<number, number>;
}

/** Bits of a struct's info byte. */
const contentBits = 0b0001_1111;
const hasParentKey = 0b0010_0000;
const hasRightOrigin = 0b0100_0000;
const hasOrigin = 0b1000_0000;
const typeContent = 7;

/**
 * Reads an update in Yjs' V1 encoding for its structure alone: linear in its bytes whatever they say, and without Yjs, whose decoder allocates by
 * counts it has not checked. It refuses all that no honest Yjs writes and that would make Yjs throw, loop or wait: two clients, Skips,
 * empty or overlong structs, references to a struct's own future, unsorted or overlapping deletes, unknown content.
 */
export function scanUpdate(update: Uint8Array): UpdateOutline | DecodeError {
  return decode(update, (reader) => {
    const needs = new Map<number, number>();
    const structs = reader.varint(1) === 1 ? scanStructs(reader, needs) : undefined;
    const deletes = scanDeletes(reader, structs, needs);
    if (structs === undefined && deletes.length === 0) throw new DecodeError('empty update');
    return {
      client: structs?.client,
      first: structs?.first ?? 0,
      next: structs?.next ?? 0,
      placements: structs?.placements ?? [],
      deletes,
      needs,
    };
  });
}

interface Structs {
  client: number;
  first: number;
  next: number;
  placements: Placement[];
}

/** Grows with the structs read; a struct may refer to what came before it. */
function scanStructs(reader: Reader, needs: Map<number, number>): Structs {
  const count = reader.varint();
  if (count === 0) throw new DecodeError('client without structs');
  const client = reader.varint();
  const first = reader.varint();
  const structs: Structs = { client, first, next: first, placements: [] };
  need(needs, client, first);
  // Every unit of an honest length is at least a byte of content, so lengths cannot outgrow the update.
  const limit = Math.min(first + reader.offset + reader.remaining, Number.MAX_SAFE_INTEGER);
  for (let i = 0; i < count; i++) {
    structs.next += scanStruct(reader, structs, needs);
    if (structs.next > limit) throw new DecodeError('structs longer than the update');
  }
  return structs;
}

/** @returns the struct's length in clocks */
function scanStruct(reader: Reader, structs: Structs, needs: Map<number, number>): number {
  const info = reader.u8();
  const content = info & contentBits;
  let origin: Id | null = null;
  let right: Id | null = null;
  let parent: string | Id | null = null;
  let key: string | null = null;
  if (content !== 0) {
    if ((info & hasOrigin) !== 0) origin = scanReference(reader, structs, needs);
    if ((info & hasRightOrigin) !== 0) right = scanReference(reader, structs, needs);
    if (origin === null && right === null) {
      parent = reader.varint(1) === 1 ? scanString(reader) : scanReference(reader, structs, needs);
      if ((info & hasParentKey) !== 0) key = scanString(reader);
    }
  }
  const length = content === 0 ? reader.varint() : scanContent(reader, content);
  if (length === 0) throw new DecodeError('empty struct');
  const [empty, type] = [content === 0, content === typeContent];
  structs.placements.push({ clock: structs.next, length, empty, type, origin, right, parent, key });
  return length;
}

function scanReference(reader: Reader, structs: Structs, needs: Map<number, number>): Id {
  const client = reader.varint();
  const clock = reader.varint(Number.MAX_SAFE_INTEGER - 1);
  if (client !== structs.client) need(needs, client, clock + 1);
  else if (clock >= structs.next) throw new DecodeError('struct refers to its own future');
  return { client, clock };
}

function scanDeletes(
  reader: Reader,
  structs: Structs | undefined,
  needs: Map<number, number>,
): ClockRange[] {
  const deletes: ClockRange[] = [];
  const seen = new Set<number>();
  const clients = reader.varint();
  for (let i = 0; i < clients; i++) {
    const client = reader.varint();
    if (seen.has(client)) throw new DecodeError('deletes of one client twice');
    seen.add(client);
    const end = scanRanges(reader, client, deletes);
    if (client !== structs?.client) need(needs, client, end);
    else if (end > structs.next) throw new DecodeError('deletes its own future');
  }
  return deletes;
}

/** Ascending and apart: Yjs walks the structs under every range, so overlaps would multiply its work. @returns where the last one ends */
function scanRanges(reader: Reader, client: number, deletes: ClockRange[]): number {
  const count = reader.varint();
  if (count === 0) throw new DecodeError('client without deletes');
  let end = 0;
  for (let i = 0; i < count; i++) {
    const clock = reader.varint();
    const length = reader.varint();
    if (clock < end || length === 0) throw new DecodeError('deletes out of order');
    end = clock + length;
    if (end > Number.MAX_SAFE_INTEGER) throw new DecodeError('clock too large');
    deletes.push({ client, clock, length });
  }
  return end;
}

function need(needs: Map<number, number>, client: number, clock: number): void {
  if (clock > (needs.get(client) ?? 0)) needs.set(client, clock);
}
