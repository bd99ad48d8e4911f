import { GrapevineError, Writer, label, limits, sessionIdToBytes } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Attest } from '../attest.ts';
import { put } from '../bounded.ts';
import type { Core } from '../core.ts';
import type { MessageOf } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Liveness } from '../membership/liveness.ts';
import type { Trees } from './trees.ts';

const ephemeralLabel = label('grapevine/1 ephemeral');
/** Channels of all members whose last number is kept. Guess: two for each of a full table. */
const maxSeen = 4096;
/** Messages of one channel and from one neighbour being checked at a time. Guess: an honest member sends no faster. */
const maxChecks = 4;

type Ephemeral = MessageOf<'ephemeral'>;

/** What is small and does not last, from any member to all, the newest of a channel only (B10). */
export class Ephemerals {
  readonly #core: Core;
  readonly #attest: Attest;
  readonly #trees: Trees;
  readonly #liveness: Liveness;
  #number = 0;
  /** Our own latest of each channel, the one said longest ago first. */
  readonly #said = new Map<string, Ephemeral>();
  /** By member and channel, the one taken longest ago first. */
  readonly #seen = new Map<string, number>();
  /** Checks under way, by neighbour, member and channel. */
  readonly #checks = new Map<string, number>();

  constructor(core: Core, attest: Attest, trees: Trees, liveness: Liveness) {
    this.#core = core;
    this.#attest = attest;
    this.#trees = trees;
    this.#liveness = liveness;
  }

  /** Throws `ephemeral-too-large`. */
  say(channel: string, bytes: Uint8Array): void {
    if (bytes.length > limits.ephemeralBytes) {
      throw new GrapevineError(
        'ephemeral-too-large',
        `ephemeral of ${bytes.length} bytes was to be sent; ${limits.ephemeralBytes} are allowed.`,
        'Send less at once; what is large belongs into the memory.',
      );
    }
    const from = this.#core.settings.self;
    const number = ++this.#number;
    this.#attest.sign(signedBytes(from, channel, number, bytes), (signature) => {
      // One said later may have been signed sooner.
      if ((this.#said.get(channel)?.number ?? 0) > number) return;
      const message: Ephemeral = { type: 'ephemeral', from, channel, number, signature, bytes };
      put(this.#said, channel, message, this.#core.settings.ephemeralChannels);
      for (const { link } of this.#trees.shared.all()) link.ephemeral(message);
    });
  }

  /** A new neighbour is told what stands. */
  entered({ link }: Neighbour): void {
    for (const message of this.#said.values()) link.ephemeral(message);
  }

  heard(neighbour: Neighbour, message: Ephemeral): void {
    const { from, channel, number } = message;
    if (from === this.#core.settings.self || !this.#liveness.isHere(from)) return;
    const key = `${from} ${channel}`;
    // Of each neighbour by itself: none can crowd out what another sends.
    const slot = `${neighbour.id} ${key}`;
    const checks = this.#checks.get(slot) ?? 0;
    if (number <= this.#last(key) || checks >= maxChecks) return;
    // The frame it came in may be reused before the answer.
    const bytes = message.bytes.slice();
    const signature = message.signature.slice();
    const signed = signedBytes(from, channel, number, bytes);
    const statement = { member: from, proof: undefined, bytes: signed, signature };
    const taken = this.#attest.verify(statement, (ok) => {
      const left = (this.#checks.get(slot) ?? 1) - 1;
      if (left > 0) this.#checks.set(slot, left);
      else this.#checks.delete(slot);
      // Who passes one on has checked it.
      if (ok === false) this.#core.close(neighbour, 'protocol');
      if (ok !== true || number <= this.#last(key)) return;
      put(this.#seen, key, number, maxSeen);
      this.#core.emit({ type: 'ephemeral', from, channel, bytes });
      const own: Ephemeral = { ...message, signature, bytes };
      for (const { link } of this.#trees.shared.all(neighbour)) link.ephemeral(own);
    });
    // The answer comes with a later event.
    if (taken) this.#checks.set(slot, checks + 1);
  }

  #last(key: string): number {
    return this.#seen.get(key) ?? 0;
  }
}

/** What the member signs (B10). */
export function signedBytes(
  session: SessionId,
  channel: string,
  number: number,
  bytes: Uint8Array,
): Uint8Array {
  const writer = new Writer(ephemeralLabel.length + 64 + bytes.length);
  writer.bytes(ephemeralLabel).bytes(sessionIdToBytes(session)).varstring(channel).varint(number);
  return writer.bytes(bytes).done();
}
