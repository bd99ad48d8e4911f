import { sessionIdFrom } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Settings } from '../config.ts';
import type { LinkId } from '../event.ts';
import { FakeMember } from './member.ts';
import { Schedule, seededRandom } from './schedule.ts';
import { Wiretap } from './wiretap.ts';

export interface NetworkOptions {
  seed: number;
  hash: (bytes: Uint8Array) => Uint8Array;
  /** One-way latency of a link is drawn from this range, milliseconds. */
  latencyMs?: readonly [number, number];
  /** Every verdict takes a time drawn from this range, milliseconds. */
  validationMs?: readonly [number, number];
  /** Bytes a link moves in a second; 11 MB/s is what a data channel was measured to do. */
  bytesPerSecond?: number;
  settings?: Partial<Settings>;
  /** Superseded timers go off all the same. */
  staleTimers?: boolean;
}

/** One direction of a link. */
export interface Direction {
  readonly to: FakeMember;
  readonly tap: Wiretap;
  readonly latencyMs: number;
  /** When the last byte handed over so far arrives. */
  busyUntil: number;
  /** Frames a stalled direction holds back. */
  held: Delivery[] | undefined;
}

/** A frame under way; with what the sender held where the frame tells its digest. */
export interface Delivery {
  bytes: Uint8Array;
  told: string | undefined;
}

export interface FakeLink {
  readonly id: LinkId;
  readonly ends: readonly [FakeMember, FakeMember];
  /** From the first end, from the second end. */
  readonly directions: readonly [Direction, Direction];
  open: boolean;
}

/**
 * Many nodes in virtual time over links with latency, bandwidth and faults. The same options give
 * the same run.
 */
export class FakeNetwork {
  readonly schedule = new Schedule();
  readonly random: () => number;
  readonly options: Required<NetworkOptions>;
  readonly members: FakeMember[] = [];
  readonly links: FakeLink[] = [];
  #lastLink = 0;

  constructor(options: NetworkOptions) {
    this.options = {
      latencyMs: [1, 30],
      validationMs: [0, 5],
      bytesPerSecond: 11_000_000,
      settings: {},
      staleTimers: false,
      ...options,
    };
    this.random = seededRandom(options.seed);
  }

  get now(): number {
    return this.schedule.now;
  }

  between([low, high]: readonly [number, number]): number {
    return low + this.random() * (high - low);
  }

  add(): FakeMember {
    const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(this.random() * 256));
    const member = new FakeMember(this, sessionIdFrom(bytes));
    this.members.push(member);
    member.handle({ type: 'start' });
    return member;
  }

  /** A full mesh of `count` new members. */
  mesh(count: number): FakeMember[] {
    const members = Array.from({ length: count }, () => this.add());
    for (const [index, a] of members.entries()) {
      for (const b of members.slice(index + 1)) this.link(a, b);
    }
    return members;
  }

  /** New members in a ring, with random links beside it until hardly any has less than `degree`. */
  sparse(count: number, degree: number): FakeMember[] {
    const members = Array.from({ length: count }, () => this.add());
    const degrees = new Map<FakeMember, number>();
    const join = (a: FakeMember | undefined, b: FakeMember | undefined) => {
      if (a === undefined || b === undefined || a === b || this.linkBetween(a, b)) return;
      this.link(a, b);
      for (const end of [a, b]) degrees.set(end, (degrees.get(end) ?? 0) + 1);
    };
    for (const [index, member] of members.entries()) join(member, members[(index + 1) % count]);
    for (let tries = 0; tries < 100 * count; tries++) {
      const open = members.filter((member) => (degrees.get(member) ?? 0) < degree);
      if (open.length < 2) break;
      const pick = () => open[Math.floor(this.random() * open.length)];
      join(pick(), pick());
    }
    return members;
  }

  /** Nobody answers here: links are made by the test. */
  dial(_from: FakeMember, _to: SessionId, _urgent: boolean): void {}

  /** Nobody answers here. */
  rendezvous(_from: FakeMember): void {}

  /** Both ends see the link come up, `skewMs` apart at most. */
  link(a: FakeMember, b: FakeMember, skewMs = 0): FakeLink {
    const id = ++this.#lastLink;
    const latencyMs = this.between(this.options.latencyMs);
    const direction = (to: FakeMember): Direction => ({
      to,
      tap: new Wiretap(),
      latencyMs,
      busyUntil: 0,
      held: undefined,
    });
    const link: FakeLink = {
      id,
      ends: [a, b],
      directions: [direction(b), direction(a)],
      open: true,
    };
    this.links.push(link);
    for (const [end, other] of [
      [a, b],
      [b, a],
    ] as const) {
      end.expect(link);
      end.later(this.between([0, skewMs]), () => {
        if (link.open) end.linkUp(link, other.id);
      });
    }
    return link;
  }

  linkBetween(a: FakeMember, b: FakeMember): FakeLink | undefined {
    return this.links.findLast(({ ends, open }) => open && ends.includes(a) && ends.includes(b));
  }

  /** The link breaks: frames under way are lost, both ends are told. */
  cut(link: FakeLink): void {
    if (!link.open) return;
    link.open = false;
    for (const end of link.ends) end.later(0, () => end.linkDown(link, 'lost'));
  }

  /** One end closes: what it sent before still arrives, then the other end is told. */
  closeFrom(link: FakeLink, end: FakeMember): void {
    if (!link.open) return;
    const direction = link.directions[link.ends[0] === end ? 0 : 1];
    end.later(0, () => end.linkDown(link, 'closed'));
    this.schedule.at(Math.max(direction.busyUntil, this.now + direction.latencyMs), () => {
      link.open = false;
      const { to } = direction;
      to.later(0, () => to.linkDown(link, 'lost'));
    });
  }

  /** While stalled nothing arrives in this direction; afterwards everything does, in order. */
  stall(direction: Direction, stalled: boolean): void {
    if (stalled) {
      direction.held ??= [];
      return;
    }
    const held = direction.held ?? [];
    direction.held = undefined;
    const link = this.links.find(({ directions }) => directions.includes(direction));
    if (link === undefined) return;
    for (const delivery of held) this.#deliver(link, direction, delivery);
  }

  send(from: FakeMember, id: LinkId, bytes: Uint8Array): void {
    const link = from.links.get(id);
    if (link === undefined || !link.open) return;
    const direction = link.directions[link.ends[0] === from ? 0 : 1];
    const messages = direction.tap.see(bytes);
    const tells = messages.some(({ type }) => type === 'hello' || type === 'round');
    const told = tells ? from.vector : undefined;
    const wireMs = (bytes.length * 1000) / this.options.bytesPerSecond;
    const start = Math.max(this.now, direction.busyUntil - direction.latencyMs);
    direction.busyUntil = start + wireMs + direction.latencyMs;
    this.schedule.at(direction.busyUntil, () => {
      if (!link.open) return;
      if (direction.held !== undefined) direction.held.push({ bytes, told });
      else this.#deliver(link, direction, { bytes, told });
    });
  }

  run(ms: number): void {
    this.schedule.runUntil(this.now + ms);
  }

  /**
   * Runs until `done` or the time is over. @returns milliseconds that took, undefined where it did
   * not come about
   */
  runUntil(done: () => boolean, limitMs: number, stepMs = 5): number | undefined {
    const start = this.now;
    while (!done()) {
      if (this.now - start >= limitMs) return undefined;
      this.run(stepMs);
    }
    return this.now - start;
  }

  taps(): Wiretap[] {
    return this.links.flatMap(({ directions }) => directions.map(({ tap }) => tap));
  }

  #deliver(link: FakeLink, { to }: Direction, delivery: Delivery): void {
    to.later(0, () => to.receive(link, delivery));
  }
}
