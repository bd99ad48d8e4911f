import { limits } from '@grapevine/wire';
import type { GrapevineError, SessionId } from '@grapevine/wire';
import type { Clock, Link } from '@grapevine/ports';
import { budgetError, candidateType, hasTurn, noPathError } from './diagnosis.ts';
import { abortedError, failed } from './errors.ts';
import { bindingOf } from './fingerprint.ts';
import { SignalInbox } from './inbox.ts';
import type { LoadedDial } from './late-dial.ts';
import { ChannelLink } from './link.ts';
import { local } from './local-limits.ts';
import { SignalOutbox } from './outbox.ts';
import type { PeerConnection, PeerConnectionOptions } from './peer-connection.ts';
import { qualityOf } from './quality.ts';
import { decodeSignals, isDescription, rebuildSignal } from './signals.ts';

/** What a dial needs of its transport. */
export interface DialHost {
  clock: Clock;
  hash(this: void, bytes: Uint8Array): Uint8Array;
  /** Never rejects; `missing` says why there are none although a provider was asked. */
  iceServers(): Promise<{ servers: RTCIceServer[]; missing: string | undefined }>;
  /** `Budget.take` of all PeerConnections of the page. */
  take(run: () => void): (() => void) | undefined;
  construct(options: PeerConnectionOptions): PeerConnection;
}

export interface DialOptions {
  self: SessionId;
  peer: SessionId;
  signal(this: void, bytes: Uint8Array): void;
  /** The dial and its link, if there was one, are over. */
  done(this: void): void;
}

/**
 * One connection from its begin to its end. Signals go both ways for as long as it lives: when the
 * path breaks the initiator restarts ICE over them.
 */
export class Dial implements LoadedDial {
  readonly opened: Promise<Link>;
  readonly #host: DialHost;
  readonly #done: () => void;
  readonly #initiator: boolean;
  readonly #inbox: SignalInbox;
  readonly #outbox: SignalOutbox;
  readonly #gathered = new Set<string>();
  #resolve: (link: Link) => void = () => undefined;
  #reject: (error: GrapevineError) => void = () => undefined;
  #preparing = false;
  #serversMissing: string | undefined;
  #hasTurn = false;
  #leaveQueue: (() => void) | undefined;
  #connection: PeerConnection | undefined;
  #link: ChannelLink | undefined;
  #over = false;

  constructor(host: DialHost, { self, peer, signal, done }: DialOptions) {
    this.#host = host;
    this.#done = done;
    this.#initiator = self < peer;
    this.#inbox = new SignalInbox(this.#initiator ? 'answer' : 'offer');
    this.#outbox = new SignalOutbox(host.clock, local.coalesceMs, signal);
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (this.#initiator) void this.#prepare();
  }

  receive(bytes: Uint8Array): void {
    if (this.#over) return;
    const signals = decodeSignals(bytes);
    if (signals === undefined) {
      this.#refuse('sent a malformed signal');
      return;
    }
    for (const signal of signals) {
      const wrong = this.#inbox.take(signal);
      if (wrong !== undefined) {
        this.#refuse(wrong);
        return;
      }
    }
    // The other side of an initiator that never calls costs no connection.
    if (this.#inbox.described) void this.#prepare();
  }

  abort(): void {
    if (this.#link === undefined) this.#fail(abortedError());
  }

  expire(): void {
    this.#fail(this.#noPath());
  }

  close(): void {
    if (this.#link === undefined) this.abort();
    else this.#link.close();
  }

  async #prepare(): Promise<void> {
    if (this.#preparing) return;
    this.#preparing = true;
    const { servers, missing } = await this.#host.iceServers();
    if (this.#over) return;
    this.#serversMissing = missing;
    this.#hasTurn = hasTurn(servers);
    this.#leaveQueue = this.#host.take(() => this.#construct(servers));
    if (this.#leaveQueue === undefined) this.#fail(budgetError());
  }

  #construct(iceServers: RTCIceServer[]): void {
    const connection = this.#host.construct({
      initiator: this.#initiator,
      iceServers,
      onSignal: (signal) => this.#send(signal),
      onGathered: () => this.#outbox.flush(),
      onOpen: (channel) => this.#open(channel),
      onDisconnected: () => {
        if (this.#initiator && this.#link !== undefined) connection.restartIce();
      },
      onEnd: (error) => this.#lose(error),
    });
    this.#connection = connection;
    this.#inbox.attach((signal) => connection.signal(signal));
  }

  #send(data: unknown): void {
    const signal = rebuildSignal(data);
    // An empty candidate marks the end, which nobody waits for; simple-peer's other kinds are not
    // spoken here.
    if (signal === undefined) return;
    if (!isDescription(signal)) {
      const type = candidateType(signal.candidate.candidate);
      if (type !== undefined) this.#gathered.add(type);
    }
    this.#outbox.push(signal);
  }

  #open(channel: RTCDataChannel): void {
    const connection = this.#connection;
    if (this.#over || this.#link !== undefined || connection === undefined) return;
    const { localSdp, remoteSdp, maxMessageBytes } = connection;
    const binding = bindingOf(localSdp, remoteSdp, this.#host.hash);
    const chunkBytes = Math.min(maxMessageBytes, limits.transportChunkBytes);
    if (binding === undefined || chunkBytes < local.leastChunkBytes) {
      this.#fail(
        failed('The connection names no SHA-256 fingerprint or takes too small messages.'),
      );
      return;
    }
    const link = new ChannelLink({
      binding,
      channel,
      chunkBytes,
      quality: async () => qualityOf(await connection.stats()),
      onEnd: () => this.#finish(),
    });
    this.#link = link;
    this.#resolve(link);
  }

  #noPath(): GrapevineError {
    return noPathError({
      gathered: this.#gathered,
      answered: this.#inbox.described,
      hasTurn: this.#hasTurn,
      serversMissing: this.#serversMissing,
    });
  }

  /** The other side broke the rules. An open link is past needing its signals. */
  #refuse(what: string): void {
    if (this.#link === undefined) this.#fail(failed(`The other side ${what}.`));
  }

  #lose(error: (Error & { code?: string }) | undefined): void {
    if (this.#link !== undefined) this.#link.finish('lost');
    else if (error?.code !== 'ERR_PC_CONSTRUCTOR') {
      const known = error === undefined || /^ERR_(ICE_)?CONNECTION_/.test(error.code ?? '');
      this.#fail(known ? this.#noPath() : failed(`The browser gave up: ${error.message}`));
    } else if (/so many/i.test(error.message)) this.#fail(budgetError());
    else {
      this.#fail(failed(`No connection could be made: ${error.message}`, 'Check the ICE servers.'));
    }
  }

  #fail(error: GrapevineError): void {
    if (this.#over || this.#link !== undefined) return;
    this.#finish();
    this.#reject(error);
  }

  #finish(): void {
    this.#over = true;
    this.#leaveQueue?.();
    this.#outbox.close();
    this.#inbox.close();
    this.#connection?.close();
    this.#connection = undefined;
    this.#done();
  }
}
