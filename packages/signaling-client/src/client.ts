import type { Clock, Random, Signaling, SignalingEvents, SignalingState } from '@grapevine/ports';
import { GrapevineError } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { backoffMs, refusedWaitMs } from './backoff.ts';
import { decodeServerFrame, frameCharacters, joinFrame, leaveFrame, sendFrame } from './frames.ts';
import type { ServerFrame } from './frames.ts';
import { Outbox } from './outbox.ts';
import type { SocketConstructor, SocketLike } from './socket.ts';

/** From the first byte to the welcome, milliseconds (guess: the server's own join timeout, twice). */
const welcomeMs = 10_000;
/** A connection that lasted this long starts the backoff anew, milliseconds. */
const stableMs = 10_000;
/** For a sign of life after `retryNow` on an open connection, milliseconds (guess). */
const probeMs = 5_000;

export interface SignalingOptions {
  /** `ws:` or `wss:` address; a function is asked before every try, and a rejection counts as a failed one. */
  url: string | (() => Promise<string>);
  random: Random;
  clock: Clock;
  /** The browser's by default; that of `ws` in Node. */
  webSocket?: SocketConstructor;
}

export interface SignalingClient extends Signaling {
  /** Frames of the server that were not understood and left alone. */
  readonly malformedFrames: number;
  /** Messages given up because too many waited, or for too long. */
  readonly droppedMessages: number;
}

interface Membership {
  topic: string;
  self: SessionId;
  events: SignalingEvents;
}

/** One try to be connected, from dialling to the end of its socket. */
interface Attempt {
  socket: SocketLike | undefined;
  welcomed: boolean;
  refused: { reason: string; code: string } | undefined;
  /** What the server last complained of, in its words. */
  complaint: string | undefined;
  /** Frames received. */
  heard: number;
  probing: boolean;
  cancelTimers: (() => void)[];
}

/** Refusals of one frame; the socket stays. */
const frameRefusals: readonly string[] = ['rate-limited', 'not-joined', 'already-joined'];
/** Refusals that say nothing about the next try: a slow network, one message too long. */
const passingRefusals: readonly string[] = ['join-timeout', 'too-large'];

/**
 * Signaling over a WebSocket (signaling/README.md says what travels). It reconnects with full-jitter backoff, 0.5 s doubling to 30 s, until it
 * is closed. A refusal stands as state `refused` until a later try is welcomed or fails otherwise; such tries come every 15 to 45 s,
 * and after `malformed` (it speaks another version) only with `retryNow`.
 *
 * `send` throws `GrapevineError('signal-size')` for no bytes, or more than fit a frame (24,527).
 */
export function createSignaling(options: SignalingOptions): SignalingClient {
  return new WebSocketSignaling(options);
}

class WebSocketSignaling implements SignalingClient {
  readonly #options: SignalingOptions;
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  #membership: Membership | undefined;
  #attempt: Attempt | undefined;
  #cancelRetry: (() => void) | undefined;
  #failures = 0;
  #malformed = 0;
  #state: SignalingState = { state: 'closed' };

  constructor(options: SignalingOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#outbox = new Outbox(options.clock);
  }

  get malformedFrames(): number {
    return this.#malformed;
  }

  get droppedMessages(): number {
    return this.#outbox.dropped;
  }

  open(topic: string, self: SessionId, events: SignalingEvents): void {
    if (this.#membership !== undefined) {
      throw new GrapevineError('signaling-open', 'Signaling is open already.', 'Close it first.');
    }
    this.#membership = { topic, self, events };
    this.#failures = 0;
    this.#enter({ state: 'connecting' });
    this.#connect();
  }

  send(to: SessionId, data: Uint8Array): void {
    if (this.#membership === undefined) return;
    const frame = sendFrame(to, data);
    if (data.length === 0 || frame.length > frameCharacters) {
      throw new GrapevineError(
        'signal-size',
        `A message of ${data.length} bytes does not fit a frame of the signaling server.`,
        'Send between 1 and 24,527 bytes.',
      );
    }
    this.#outbox.send(to, frame);
  }

  sample(): void {
    this.#outbox.sample();
  }

  retryNow(): void {
    if (this.#cancelRetry !== undefined || (this.#membership && this.#attempt === undefined)) {
      this.#connect();
      return;
    }
    const attempt = this.#attempt;
    if (attempt?.welcomed !== true || attempt.probing) return;
    attempt.probing = true;
    // A line that broke while the device slept looks open for minutes: ask for any sign of life.
    const heard = attempt.heard;
    this.#outbox.sample();
    this.#later(attempt, probeMs, () => {
      attempt.probing = false;
      if (attempt.heard > heard) return;
      this.#abandon(attempt);
      this.#enter({ state: 'connecting' });
      this.#connect();
    });
  }

  close(): void {
    if (this.#membership === undefined) return;
    const attempt = this.#attempt;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    if (attempt?.welcomed === true) attempt.socket?.send(leaveFrame);
    if (attempt !== undefined) this.#abandon(attempt);
    this.#outbox.clear();
    this.#enter({ state: 'closed' });
    this.#membership = undefined;
  }

  #connect(): void {
    if (this.#membership === undefined) return;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    const attempt: Attempt = {
      socket: undefined,
      welcomed: false,
      refused: undefined,
      complaint: undefined,
      heard: 0,
      probing: false,
      cancelTimers: [],
    };
    this.#attempt = attempt;
    this.#later(attempt, welcomeMs, () => {
      if (!attempt.welcomed) this.#ended(attempt);
    });
    void this.#dial(attempt);
  }

  async #dial(attempt: Attempt): Promise<void> {
    const { url, webSocket: Socket = WebSocket } = this.#options;
    let address: string;
    try {
      address = typeof url === 'string' ? url : await url();
    } catch {
      this.#ended(attempt);
      return;
    }
    if (this.#attempt !== attempt) return;
    try {
      attempt.socket = new Socket(address);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'no reason given';
      attempt.refused = { code: 'address', reason: `${address} cannot be dialled: ${reason}` };
      this.#ended(attempt);
      return;
    }
    this.#listen(attempt, attempt.socket);
  }

  #listen(attempt: Attempt, socket: SocketLike): void {
    socket.addEventListener('open', () => {
      const membership = this.#membership;
      if (this.#attempt !== attempt || membership === undefined) return;
      socket.send(joinFrame(membership.topic, membership.self));
    });
    socket.addEventListener('message', (event) => {
      if (this.#attempt === attempt) this.#receive(attempt, event.data);
    });
    socket.addEventListener('close', ({ code, reason }) => {
      // With these the server names the refusal's code as reason; its words came before, or were lost.
      if (reason !== '' && (code === 1008 || code === 1013)) {
        attempt.refused ??= { code: reason, reason: attempt.complaint ?? reason };
      }
      this.#ended(attempt);
    });
    // The close that follows says all there is to know; in Node an unheard error would throw.
    socket.addEventListener('error', () => undefined);
  }

  #receive(attempt: Attempt, data: unknown): void {
    const frame = decodeServerFrame(data);
    attempt.heard += 1;
    if (frame === undefined) this.#malformed += 1;
    else if (frame.type === 'refused') this.#refused(attempt, frame);
    else if (frame.type === 'welcome') this.#welcomed(attempt, frame.members);
    else if (attempt.welcomed) this.#deliver(frame);
  }

  #welcomed(attempt: Attempt, members: readonly SessionId[]): void {
    const { socket } = attempt;
    if (attempt.welcomed || socket === undefined) return;
    attempt.welcomed = true;
    this.#later(attempt, stableMs, () => {
      this.#failures = 0;
    });
    this.#enter({ state: 'open' });
    this.#tellMembers(members);
    // Told of the state, the caller may have closed.
    if (this.#attempt === attempt) this.#outbox.start((frame) => socket.send(frame));
  }

  #deliver(frame: Exclude<ServerFrame, { type: 'refused' }>): void {
    const events = this.#membership?.events;
    if (frame.type === 'message') events?.onMessage(frame.from, frame.data);
    else if (frame.type === 'absent') events?.onAbsent(frame.to);
    else this.#tellMembers(frame.members);
  }

  #tellMembers(members: readonly SessionId[]): void {
    const membership = this.#membership;
    membership?.events.onMembers(members.filter((member) => member !== membership.self));
  }

  #refused(attempt: Attempt, { code, message }: { code: string; message: string }): void {
    attempt.complaint = message;
    if (attempt.welcomed && frameRefusals.includes(code)) {
      if (code === 'rate-limited') this.#outbox.slowDown();
      return;
    }
    attempt.refused = { code, reason: message };
    this.#ended(attempt);
  }

  /** The attempt is over; decides when the next one is. */
  #ended(attempt: Attempt): void {
    if (this.#attempt !== attempt) return;
    this.#abandon(attempt);
    const { refused } = attempt;
    if (refused === undefined || passingRefusals.includes(refused.code)) {
      this.#failures += 1;
      this.#retryIn(backoffMs(this.#failures, this.#options.random));
      this.#enter({ state: 'connecting' });
      return;
    }
    if (refused.code !== 'malformed') this.#retryIn(refusedWaitMs(this.#options.random));
    this.#enter({ state: 'refused', reason: refused.reason });
  }

  #retryIn(delayMs: number): void {
    this.#cancelRetry = this.#clock.after(delayMs, () => this.#connect());
  }

  #abandon(attempt: Attempt): void {
    for (const cancel of attempt.cancelTimers) cancel();
    if (this.#attempt === attempt) this.#attempt = undefined;
    this.#outbox.stop();
    attempt.socket?.close();
  }

  #later(attempt: Attempt, delayMs: number, callback: () => void): void {
    attempt.cancelTimers.push(this.#clock.after(delayMs, callback));
  }

  #enter(state: SignalingState): void {
    const before = this.#state;
    if (state.state !== 'refused' && state.state === before.state) return;
    if (before.state === 'refused' && state.state === 'refused' && before.reason === state.reason) {
      return;
    }
    this.#state = state;
    this.#membership?.events.onState(state);
  }
}
