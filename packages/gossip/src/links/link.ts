import type { SessionId } from '@grapevine/wire';
import { put } from '../bounded.ts';
import type { Settings } from '../config.ts';
import { OutNames } from '../frames/dictionary.ts';
import type { Run, Stats } from '../event.ts';
import { FrameWriter } from '../frames/frame.ts';
import type { Head, Message, MessageOf, Range, Way } from '../frames/message.ts';

/**
 * Room left for a message's head and the name of its session when its size is guessed before it is
 * encoded.
 */
const headBytes = 64;

interface Queued {
  message: Message;
  bytes: number;
}

/**
 * What waits to be sent on one link, in three classes. Urgent messages (acknowledgements, echoes,
 * rounds, `have`, `want`) are small and
 * always go; rumours go while the window of app-acknowledged bytes is open and collapse into `have`
 * when too many wait; bulk (descent,
 * repair, values) fills what is left of the window, a bounded part of it at a time (F3).
 */
export class Link {
  readonly #settings: Settings;
  readonly #stats: Stats;
  readonly #names = new OutNames();
  #urgent: Message[] = [];
  #wants: Range[] = [];
  readonly #heads = new Map<SessionId, number>();
  #rumours: Queued[] = [];
  #rumourBytes = 0;
  readonly #collapsed = new Map<SessionId, number>();
  readonly #ephemerals = new Map<string, MessageOf<'ephemeral'>>();
  #bulk: Queued[] = [];
  #bulkBytes = 0;
  /**
   * Frames of bulk not acknowledged yet: where each ends in the stream of sent bytes, and its size.
   */
  #bulkInFlight: { end: number; bytes: number }[] = [];
  #bulkInFlightBytes = 0;
  #sent = 0;
  #acked = 0;
  #consumed = 0;
  #ackTold = 0;
  #holdBulk = false;
  #ready = false;
  /** Called where there may be something to send, once until the next `flush`. */
  onReady: (() => void) | undefined;

  constructor(settings: Settings, stats: Stats) {
    this.#settings = settings;
    this.#stats = stats;
  }

  /** Something was queued, or may go now, that could not before. */
  get ready(): boolean {
    return this.#ready;
  }

  get unackedBytes(): number {
    return this.#sent - this.#acked;
  }

  get queuedBytes(): number {
    return this.#rumourBytes + this.#bulkBytes;
  }

  get bulkQueuedBytes(): number {
    return this.#bulkBytes;
  }

  /** Bytes of bulk that may be read for this link now. */
  get bulkRoom(): number {
    const taken = this.#bulkBytes + this.#bulkInFlightBytes;
    return Math.max(0, this.#settings.bulkInFlightBytes - taken);
  }

  consume(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed - this.#ackTold >= this.#settings.ackBytes) this.#wake();
  }

  /** More bulk is about to be queued: waits for a full frame. */
  set holdBulk(hold: boolean) {
    this.#holdBulk = hold;
    if (!hold && this.#bulk.length > 0) this.#wake();
  }

  /** @returns false where more is acknowledged than was sent */
  acknowledge(bytes: number): boolean {
    if (bytes > this.#sent) return false;
    this.#acked = Math.max(this.#acked, bytes);
    this.#wake();
    for (;;) {
      const first = this.#bulkInFlight[0];
      if (first === undefined || first.end > this.#acked) return true;
      this.#bulkInFlight.shift();
      this.#bulkInFlightBytes -= first.bytes;
    }
  }

  urgent(message: Message): void {
    this.#urgent.push(message);
    this.#wake();
  }

  want(range: Range): void {
    this.#wants.push(range);
    this.#wake();
  }

  have(session: SessionId, seq: number): void {
    this.#heads.set(session, Math.max(seq, this.#heads.get(session) ?? 0));
    this.#wake();
  }

  rumour(run: Run, way: Way): void {
    const { session, from, to, bytes } = run;
    if (this.#collapsed.size > 0) {
      this.#collapsed.set(session, Math.max(to, this.#collapsed.get(session) ?? 0));
      return;
    }
    const message = { type: 'run', session, repair: false, way, from, to, bytes } as const;
    this.#queueRumour(message, bytes.length + headBytes);
  }

  /** @returns false where there is no room */
  signal(message: MessageOf<'signal'>): boolean {
    const bytes = message.sealed.length + headBytes;
    if (this.#rumourBytes + bytes > this.#settings.linkRumourQueueBytes) return false;
    this.#queueRumour(message, bytes);
    return true;
  }

  ephemeral(message: MessageOf<'ephemeral'>): void {
    const key = `${message.from} ${message.channel}`;
    put(this.#ephemerals, key, message, this.#settings.ephemeralChannels);
    this.#wake();
  }

  bulk(message: Message, bytes: number): void {
    this.#bulk.push({ message, bytes: bytes + headBytes });
    this.#bulkBytes += bytes + headBytes;
    this.#wake();
  }

  /** Takes what may go now, as frames. */
  flush(): Uint8Array[] {
    this.#ready = false;
    const writer = new FrameWriter(this.#names, this.#settings.frameBytes);
    const state = { writer, pending: 0 };
    this.#writeUrgent(state);
    this.#writeRumours(state);
    const owed = this.#consumed - this.#ackTold;
    const piggyback = state.pending > 0 && owed >= this.#settings.piggybackBytes;
    if (piggyback || owed >= this.#settings.ackBytes) {
      this.#ackTold = this.#consumed;
      this.#write(state, { type: 'ack', bytes: this.#consumed });
    }
    const small = writer.take();
    for (const frame of small) this.#sent += frame.length;
    const bulk = this.#takeBulk();
    return bulk.length === 0 ? small : [...small, ...bulk];
  }

  #wake(): void {
    if (this.#ready) return;
    this.#ready = true;
    this.onReady?.();
  }

  #queueRumour(message: Message, bytes: number): void {
    this.#rumours.push({ message, bytes });
    this.#rumourBytes += bytes;
    this.#wake();
  }

  #writeUrgent(state: { writer: FrameWriter; pending: number }): void {
    const urgent = this.#urgent;
    if (urgent.length > 0) this.#urgent = [];
    for (const message of urgent) this.#write(state, message);
    // Told once there is room for what will be asked for then.
    if (this.#collapsed.size > 0 && this.unackedBytes <= this.#settings.linkUnackedBytes / 2) {
      for (const [session, seq] of this.#collapsed) this.have(session, seq);
      this.#collapsed.clear();
    }
    if (this.#heads.size > 0) {
      const heads: Head[] = [...this.#heads].map(([session, seq]) => ({ session, seq }));
      this.#heads.clear();
      for (const part of split(heads)) this.#write(state, { type: 'have', heads: part });
    }
    if (this.#wants.length > 0) {
      const ranges = this.#wants;
      this.#wants = [];
      for (const part of split(ranges)) this.#write(state, { type: 'want', ranges: part });
    }
  }

  #writeRumours(state: { writer: FrameWriter; pending: number }): void {
    let next = 0;
    for (const queued of this.#rumours) {
      if (!this.#open(state.pending, queued.bytes)) break;
      this.#rumourBytes -= queued.bytes;
      this.#write(state, queued.message);
      next++;
    }
    if (next > 0) this.#rumours.splice(0, next);
    if (this.#rumourBytes > this.#settings.linkRumourQueueBytes) this.#collapse();
    for (const [key, message] of this.#ephemerals) {
      if (!this.#open(state.pending, message.bytes.length + headBytes)) break;
      this.#ephemerals.delete(key);
      this.#write(state, message);
    }
  }

  #collapse(): void {
    const waiting = this.#rumours;
    this.#rumours = [];
    this.#rumourBytes = 0;
    for (const queued of waiting) {
      if (queued.message.type === 'run') {
        this.#collapsed.set(queued.message.session, queued.message.to);
      } else {
        this.#rumours.push(queued);
        this.#rumourBytes += queued.bytes;
      }
    }
  }

  #takeBulk(): Uint8Array[] {
    if (this.#bulk.length === 0 || this.#holdBulk) return [];
    const writer = new FrameWriter(this.#names, this.#settings.frameBytes);
    const state = { writer, pending: 0 };
    let next = 0;
    for (const queued of this.#bulk) {
      const inFlight = this.#bulkInFlightBytes + state.pending + queued.bytes;
      // A single message larger than the allowance still has to go some time.
      const allowed = inFlight <= this.#settings.bulkInFlightBytes || inFlight === queued.bytes;
      if (!allowed || !this.#open(state.pending, queued.bytes)) break;
      this.#bulkBytes -= queued.bytes;
      this.#write(state, queued.message);
      next++;
    }
    if (next > 0) this.#bulk.splice(0, next);
    const frames = writer.take();
    for (const frame of frames) {
      this.#sent += frame.length;
      this.#bulkInFlight.push({ end: this.#sent, bytes: frame.length });
      this.#bulkInFlightBytes += frame.length;
    }
    return frames;
  }

  #open(pending: number, bytes: number): boolean {
    return this.unackedBytes + pending + bytes <= this.#settings.linkUnackedBytes;
  }

  #write(state: { writer: FrameWriter; pending: number }, message: Message): void {
    const bytes = state.writer.add(message);
    state.pending += bytes;
    if (isRepair(message)) this.#stats.repairBytes += bytes;
  }
}

function isRepair(message: Message): boolean {
  if (message.type === 'run') return message.repair;
  return message.type === 'tree' || message.type === 'leaves' || message.type === 'want';
}

/**
 * Parts whose messages surely fit a frame: an entry takes at most 16 bytes of name and 24 of
 * numbers.
 */
export function split<T>(items: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += 1500) parts.push(items.slice(at, at + 1500));
  return parts;
}
