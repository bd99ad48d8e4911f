import { limits } from '@grapevine/wire';
import type { SessionId, ValueHash } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Run } from '../event.ts';
import type { Range, Way } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';

type Serve =
  /** `way` where it is sent unasked. */
  | { kind: 'runs'; session: SessionId; from: number; to: number; way: Way | undefined }
  | { kind: 'value'; hash: ValueHash; offset: number; end: number };

interface Reading {
  neighbour: Neighbour;
  serve: Serve;
  reserved: number;
}

interface Desk {
  queue: Serve[];
  reading: number;
  reserved: number;
}

/** Answers what neighbours ask for, in turns, as fast as their windows allow and no faster (F3). */
export class Server {
  readonly #core: Core;
  readonly #desks = new Map<Neighbour, Desk>();
  readonly #readings = new Map<number, Reading>();
  /** Somebody waits for an answer, or did until a moment ago. */
  #busy = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Requests of all neighbours that wait or are being read. */
  get pending(): number {
    let pending = this.#readings.size;
    for (const desk of this.#desks.values()) pending += desk.queue.length;
    return pending;
  }

  want(neighbour: Neighbour, range: Range): void {
    this.#enqueueRange(neighbour, range, undefined);
  }

  /** A range we send unasked. */
  push(neighbour: Neighbour, range: Range, way: Way): void {
    this.#enqueueRange(neighbour, range, way);
  }

  wantValue(neighbour: Neighbour, hash: ValueHash, offset: number, length: number): void {
    const end = offset + length;
    for (const serve of this.#servesOf(neighbour)) {
      if (serve.kind !== 'value' || serve.hash !== hash || serve.end !== offset) continue;
      serve.end = end;
      return;
    }
    this.#enqueue(neighbour, { kind: 'value', hash, offset, end });
  }

  runsRead(id: number, runs: readonly Run[], end: Uint8Array | undefined): void {
    const reading = this.#finish(id);
    if (reading === undefined || reading.serve.kind !== 'runs') return;
    const { neighbour, serve } = reading;
    if (serve.from === 0) {
      if (end === undefined) return;
      const message = { type: 'end', session: serve.session, bytes: end } as const;
      neighbour.link.bulk(message, end.length);
      return;
    }
    for (const { session, from, to, bytes } of runs) {
      neighbour.offer(session, to);
      const repair = serve.way === undefined;
      const way = serve.way ?? 'even';
      const message = { type: 'run', session, repair, way, from, to, bytes } as const;
      neighbour.link.bulk(message, bytes.length);
    }
    const last = runs.at(-1);
    if (last === undefined || last.to >= serve.to) return;
    this.#deskOf(neighbour).queue.push({ ...serve, from: last.to + 1 });
  }

  /** @param size bytes of the whole value */
  valueRead(id: number, bytes: Uint8Array | undefined, size: number): void {
    const reading = this.#finish(id);
    if (reading === undefined || reading.serve.kind !== 'value') return;
    const { neighbour, serve } = reading;
    const { hash } = serve;
    if (bytes === undefined || bytes.length === 0) {
      neighbour.link.urgent({ type: 'valueMissing', hash });
      return;
    }
    for (let at = 0; at < bytes.length; at += limits.valueChunkBytes) {
      const chunk = bytes.subarray(at, at + limits.valueChunkBytes);
      const offset = serve.offset + at;
      const message = { type: 'valueChunk', hash, size, offset, bytes: chunk } as const;
      neighbour.link.bulk(message, chunk.length);
    }
    const offset = serve.offset + bytes.length;
    if (offset < Math.min(serve.end, size)) {
      this.#deskOf(neighbour).queue.push({ ...serve, offset });
    }
  }

  /** Reads on for every neighbour that has room. */
  pump(): void {
    if (!this.#busy) return;
    this.#busy = false;
    for (const [neighbour, desk] of this.#desks) {
      while (desk.queue.length > 0 && desk.reading < this.#core.settings.readsPerLink) {
        const room = neighbour.link.bulkRoom - desk.reserved;
        if (room < limits.frameBytes) break;
        this.#read(neighbour, desk, room);
      }
      const gathering = desk.reading > 0 && neighbour.link.bulkQueuedBytes < limits.frameBytes;
      neighbour.link.holdBulk = gathering;
      if (desk.reading + desk.queue.length > 0) this.#busy = true;
    }
  }

  drop(neighbour: Neighbour): void {
    this.#desks.delete(neighbour);
    for (const [id, reading] of this.#readings) {
      if (reading.neighbour === neighbour) this.#readings.delete(id);
    }
  }

  #read(neighbour: Neighbour, desk: Desk, room: number): void {
    const serve = desk.queue.shift();
    if (serve === undefined) return;
    // A lone request may use all the room; of several each takes a frame's worth, so that none
    // waits for another.
    const reserved = desk.queue.length === 0 ? room : limits.frameBytes;
    const id = this.#core.nextId();
    this.#readings.set(id, { neighbour, serve, reserved });
    desk.reading++;
    desk.reserved += reserved;
    if (serve.kind === 'runs') {
      const { session, from, to } = serve;
      this.#core.emit({ type: 'readRuns', id, session, from, to, maxBytes: reserved });
      return;
    }
    const whole = reserved - (reserved % limits.valueChunkBytes);
    const length = Math.min(serve.end - serve.offset, whole);
    this.#core.emit({ type: 'readValue', id, hash: serve.hash, offset: serve.offset, length });
  }

  #finish(id: number): Reading | undefined {
    const reading = this.#readings.get(id);
    if (reading === undefined) return undefined;
    this.#readings.delete(id);
    const desk = this.#deskOf(reading.neighbour);
    desk.reading--;
    desk.reserved -= reading.reserved;
    return reading;
  }

  #enqueueRange(neighbour: Neighbour, { session, from, to }: Range, way: Way | undefined): void {
    for (const serve of this.#servesOf(neighbour)) {
      if (serve.kind !== 'runs' || serve.session !== session || serve.way !== way) continue;
      // What is asked for again or goes on where a waiting answer ends is one answer.
      if (serve.from === 0 || from < serve.from || from > serve.to + 1) continue;
      serve.to = Math.max(serve.to, to);
      return;
    }
    this.#enqueue(neighbour, { kind: 'runs', session, from, to, way });
  }

  /**
   * Waiting and being read: an answer that goes on must stay one, or its parts would overtake each
   * other.
   */
  *#servesOf(neighbour: Neighbour): Generator<Serve> {
    for (const reading of this.#readings.values()) {
      if (reading.neighbour === neighbour) yield reading.serve;
    }
    yield* this.#deskOf(neighbour).queue;
  }

  #enqueue(neighbour: Neighbour, serve: Serve): void {
    const { queue } = this.#deskOf(neighbour);
    if (queue.length < this.#core.settings.servesPerLink) queue.push(serve);
  }

  #deskOf(neighbour: Neighbour): Desk {
    this.#busy = true;
    let desk = this.#desks.get(neighbour);
    if (desk === undefined) {
      desk = { queue: [], reading: 0, reserved: 0 };
      this.#desks.set(neighbour, desk);
    }
    return desk;
  }
}
