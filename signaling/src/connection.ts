/**
 * One socket: at most one member of one topic. Frames are counted, decoded and answered here;
 * nothing of them is kept.
 */
import type { RawData, WebSocket } from 'ws';
import type { Admission } from './admission.ts';
import type { AddressKey } from './address.ts';
import { Claim } from './claim.ts';
import type { Config } from './config.ts';
import type { Counters } from './counters.ts';
import { decodeFrame, sampleSize, type ClientFrame, type ServerFrame } from './protocol.ts';
import { FrameMeter } from './rate-limit.ts';
import { closeCodeOf, refusalOf, type RefusalCode } from './refusal.ts';
import type { Rooms } from './rooms.ts';

/** What the connections of one server share. */
export interface Hub {
  readonly config: Config;
  readonly admission: Admission;
  readonly counters: Counters;
  readonly rooms: Rooms<Connection>;
  now(): number;
}

type Join = Extract<ClientFrame, { type: 'join' }>;

const missedPingsMax = 2;

export class Connection {
  readonly #hub: Hub;
  readonly #socket: WebSocket;
  readonly #address: AddressKey;
  readonly #meter: FrameMeter;
  readonly #claim = new Claim();
  readonly #joinTimer: NodeJS.Timeout;
  #joined: Join | undefined;
  #claiming = false;
  #missedPings = 0;

  constructor(hub: Hub, socket: WebSocket, address: AddressKey) {
    this.#hub = hub;
    this.#socket = socket;
    this.#address = address;
    const { messageBurst, messagesPerSecond, joinTimeoutMs } = hub.config;
    this.#meter = new FrameMeter(messageBurst, messagesPerSecond, hub.now());
    this.#joinTimer = setTimeout(() => {
      this.refuse('join-timeout', 'No join came in time.');
    }, joinTimeoutMs);
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', (data) => this.#receivePong(data));
    socket.on('ping', () => this.#receivePing());
    socket.on('close', () => this.#end());
    // ws closes the socket itself with the fitting code; here the reason is only counted.
    socket.on('error', (error) => hub.counters.refused(refusalOf(error)));
  }

  /** Says why, then closes. */
  refuse(code: RefusalCode, message: string): void {
    this.#note(code, message);
    this.close(closeCodeOf(code), code);
  }

  close(code: number, reason: string): void {
    this.#end();
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#end();
    this.#socket.terminate();
  }

  /** Called once in a ping interval. */
  ping(): void {
    if (this.#missedPings >= missedPingsMax) return this.terminate();
    this.#missedPings += 1;
    this.#socket.ping();
  }

  /** Hands over a message; false when this reader is gone or too slow to take it. */
  deliver(from: string, data: string): boolean {
    return this.#send({ type: 'message', from, data });
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#missedPings = 0;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const { maxMessageBytes } = this.#hub.config;
    if (isBinary || !Buffer.isBuffer(data)) {
      return this.refuse('malformed', 'Frames are JSON text.');
    }
    if (data.length > maxMessageBytes) {
      return this.refuse('too-large', `A message has at most ${maxMessageBytes} bytes.`);
    }
    if (!this.#passes()) return;
    const frame = decodeFrame(data.toString());
    if (frame === undefined) return this.refuse('malformed', 'This is no frame of the protocol.');
    this.#handle(frame);
  }

  /** ws answers a ping by itself, so pings cost what messages cost and need a reader as well. */
  #receivePing(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > this.#hub.config.maxBufferedBytes) this.#dropReader();
    else this.#passes();
  }

  #handle(frame: ClientFrame): void {
    if (frame.type === 'leave') return this.close(1000, 'left');
    if (frame.type === 'join') return this.#join(frame);
    const joined = this.#joined;
    if (joined === undefined) return this.#note('not-joined', 'Join a topic first.');
    if (frame.type === 'sample') return this.#answer('members', joined);
    const addressee = this.#hub.rooms.find(joined.topic, frame.to);
    const delivered = addressee?.deliver(joined.member, frame.data) ?? false;
    if (!delivered) this.#send({ type: 'absent', to: frame.to });
  }

  #join(frame: Join): void {
    if (this.#joined !== undefined || this.#claiming) {
      return this.#note('already-joined', 'One socket is one member of one topic.');
    }
    clearTimeout(this.#joinTimer);
    if (!this.#hub.admission.admitJoin(this.#address, this.#hub.now())) {
      return this.refuse('rate-limited', 'Too many joins from this address; try again later.');
    }
    const holder = this.#hub.rooms.find(frame.topic, frame.member);
    if (holder === undefined) return this.#enter(frame);
    this.#claiming = true;
    holder.#challenge((alive) => {
      this.#claiming = false;
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      if (alive) this.refuse('member-taken', 'This member is here already.');
      else this.#enter(frame);
    });
  }

  #enter(frame: Join): void {
    if (!this.#hub.rooms.join(frame.topic, frame.member, this)) {
      return this.refuse('topic-full', 'This topic has all the members it can have.');
    }
    this.#joined = frame;
    this.#answer('welcome', frame);
  }

  /** Asks whether it lives. Silence ends this socket, and then its place is free. */
  #challenge(settle: (alive: boolean) => void): void {
    const { claimTimeoutMs } = this.#hub.config;
    const isAsked = this.#claim.open(claimTimeoutMs, () => this.terminate(), settle);
    if (isAsked) this.#socket.ping(this.#claim.question);
  }

  #receivePong(data: Buffer): void {
    this.#missedPings = 0;
    if (data.toString() === this.#claim.question) this.#claim.settle(true);
  }

  /** Leaves the topic at once, whatever the closing handshake does. Safe to repeat. */
  #end(): void {
    clearTimeout(this.#joinTimer);
    const joined = this.#joined;
    this.#joined = undefined;
    if (joined !== undefined) this.#hub.rooms.leave(joined.topic, joined.member, this);
    this.#claim.settle(false);
  }

  /** False when this frame is dropped for coming too fast. */
  #passes(): boolean {
    const passage = this.#meter.next(this.#hub.now());
    if (passage === 'pass') return true;
    if (passage === 'first-drop') this.#note('rate-limited', 'Too fast; some frames were dropped.');
    else this.#hub.counters.refused('rate-limited');
    if (passage === 'flood') this.close(closeCodeOf('rate-limited'), 'rate-limited');
    return false;
  }

  #dropReader(): void {
    this.#hub.counters.refused('slow-reader');
    this.terminate();
  }

  #answer(type: 'welcome' | 'members', { topic, member }: Join): void {
    this.#send({ type, members: this.#hub.rooms.sample(topic, member, sampleSize) });
  }

  #note(code: RefusalCode, message: string): void {
    this.#hub.counters.refused(code);
    this.#send({ type: 'refused', code, message });
  }

  #send(frame: ServerFrame): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    const text = JSON.stringify(frame);
    if (this.#socket.bufferedAmount + text.length > this.#hub.config.maxBufferedBytes) {
      this.#dropReader();
      return false;
    }
    this.#socket.send(text);
    return true;
  }
}
