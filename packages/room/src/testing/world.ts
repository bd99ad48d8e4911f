import type { Clock, Link, PendingLink, Transport } from '@grapevine/ports';
import {
  createMemoryDevice,
  createMemoryNetwork,
  createVirtualClock,
  seededRandom,
  type MemoryDevice,
} from '@grapevine/ports/conformance';
import { GrapevineError, type SessionId } from '@grapevine/wire';
import { joinRoom } from '../join.ts';
import type { JoinOptions, Ports, Room } from '../types.ts';
import { failedDial } from './failed-dial.ts';
import { FakeStorage } from './fake-storage.ts';
import { MeetingPoint } from './meeting-point.ts';
import { ProfileTabs } from './profile-tabs.ts';
import { settled } from './settled.ts';
import { SlowLink } from './slow-link.ts';

/** Time that passes in one look at a fact. Small against every deadline, large against real time. */
const stepMs = 20;
/** Until a dial nobody answers has failed, as with WebRTC. */
const dialMs = 10_000;
/** Virtual time a fact may take. */
const patienceMs = 120_000;

/** Where a member lives: its disk and its browser profile. */
export interface Home {
  device: MemoryDevice;
  tabs: ProfileTabs;
}

export interface Joined {
  room: Room;
  storage: FakeStorage;
  home: Home;
  /** Ends of its links, in the order they opened, closed ones too. */
  links: Link[];
}

interface JoinInWorld extends Omit<JoinOptions, 'ports'> {
  home?: Home;
  ports?: Partial<Ports>;
  /** Tabs of one home find each other. */
  withTabs?: boolean;
  /** No transport but that between tabs. */
  withoutNetwork?: boolean;
  /** Milliseconds the member's own wall clock is ahead. */
  aheadMs?: number;
}

/** Rooms side by side in one process: one network, one server, one virtual time. */
export class World {
  readonly clock = createVirtualClock();
  readonly network = createMemoryNetwork();
  readonly server = new MeetingPoint();
  /** How long messages travel. With 0 everything that can be answered at once is, in one task. */
  delayMs = 0;
  /** Days that everybody's calendar, but no timer, has skipped. */
  skippedMs = 0;
  readonly #blocked = new Set<string>();
  readonly #labels = new Map<SessionId, string>();
  #seed: number;

  constructor(seed = 1) {
    this.#seed = seed;
  }

  newHome(): Home {
    return { device: createMemoryDevice(), tabs: new ProfileTabs(this.network) };
  }

  /** Between members of these names no link forms. */
  block(a: string, b: string): void {
    this.#blocked.add(`${a} ${b}`).add(`${b} ${a}`);
  }

  unblock(a: string, b: string): void {
    this.#blocked.delete(`${a} ${b}`);
    this.#blocked.delete(`${b} ${a}`);
  }

  cut(a: Joined, b: Joined): void {
    this.network.cut(a.room.self.id, b.room.self.id);
  }

  async join(link: string | undefined, options: JoinInWorld = {}): Promise<Joined> {
    const { home = this.newHome(), withTabs, withoutNetwork, aheadMs = 0, ...rest } = options;
    const storage = new FakeStorage(home.device);
    const links: Link[] = [];
    const label = options.name ?? '';
    const transports = withoutNetwork ? [] : [this.createTransport(label, links)];
    if (withTabs) transports.push(home.tabs.createTransport());
    const room = await joinRoom(link, {
      ...rest,
      ports: {
        transports,
        signaling: this.server.connect((self) => this.#labels.set(self, label)),
        tabs: withTabs ? home.tabs.createIntroducer() : undefined,
        storage,
        clock: this.clockAhead(aheadMs),
        random: seededRandom(this.#seed++),
        ...options.ports,
      },
    });
    return { room, storage, home, links };
  }

  /** Ann and Bob in a new room, linked. */
  async pair(): Promise<[Joined, Joined]> {
    const ann = await this.join(undefined, { name: 'Ann' });
    const bob = await this.join(ann.room.link, { name: 'Bob' });
    await this.linked(ann, bob);
    return [ann, bob];
  }

  /** Ann, Bob and Cyd in a new room, all linked to all. */
  async trio(): Promise<[Joined, Joined, Joined]> {
    const [ann, bob] = await this.pair();
    const cyd = await this.join(ann.room.link, { name: 'Cyd' });
    await this.linked(ann, bob, cyd);
    return [ann, bob, cyd];
  }

  /** Each is linked to all the others, and to nobody else. */
  async linked(...members: Joined[]): Promise<void> {
    const links = members.length - 1;
    await this.until('all are linked', () =>
      members.every(({ room }) => room.stats().links === links),
    );
  }

  /** All show `value` at `key` of the namespace `notes`. */
  async shows(key: string, value: unknown, ...members: Joined[]): Promise<void> {
    await this.until(`all show ${String(value)}`, async () => {
      const entries = await Promise.all(members.map(({ room }) => room.get('notes', key)));
      return entries.every((entry) => entry?.value === value);
    });
  }

  /** Waits for a fact, letting time pass in small steps between looks. */
  async until(what: string, fact: () => boolean | Promise<boolean>): Promise<void> {
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += stepMs) {
      if (await fact()) return;
      await this.turn();
    }
    throw new Error(`In ${patienceMs} ms it never came true that ${what}.`);
  }

  /** Lets what is under way go on for `ms` of virtual time. */
  async pass(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += stepMs) await this.turn();
  }

  /** What is under way in truth is done, then a step of virtual time passes. */
  async turn(): Promise<void> {
    await settled();
    this.clock.advance(stepMs);
  }

  async inSync(...members: Joined[]): Promise<void> {
    await this.until('all are in sync', () =>
      members.every(({ room }) => room.status().state === 'in-sync'),
    );
  }

  clockAhead(aheadMs: number): Clock {
    const { clock } = this;
    return {
      now: () => clock.now() + aheadMs + this.skippedMs,
      monotonic: () => clock.monotonic(),
      after: (delayMs, callback) => clock.after(delayMs, callback),
    };
  }

  createTransport(label: string, links: Link[] = []): Transport {
    const transport = this.network.createTransport();
    return {
      name: transport.name,
      connect: (self, peer, signal) => {
        this.#labels.set(self, label);
        if (this.#blocked.has(`${label} ${this.#labels.get(peer) ?? ''}`)) {
          return failedDial(self < peer, signal);
        }
        const pending = transport.connect(self, peer, signal);
        const opened = this.#open(pending, links);
        opened.catch(() => undefined);
        return {
          receive: (bytes) => pending.receive(bytes),
          abort: () => pending.abort(),
          opened,
        };
      },
      close: () => transport.close(),
    };
  }

  async #open(pending: PendingLink, links: Link[]): Promise<Link> {
    let timedOut = false;
    const cancel = this.clock.after(dialMs, () => {
      timedOut = true;
      pending.abort();
    });
    try {
      const opened = await pending.opened;
      const link = this.delayMs === 0 ? opened : new SlowLink(opened, this.clock, this.delayMs);
      links.push(link);
      return link;
    } catch (error) {
      if (timedOut) throw new GrapevineError('link-failed', 'Nobody answered.', 'Wait.');
      throw error;
    } finally {
      cancel();
    }
  }
}

/** The code of the GrapevineError that `promise` rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof GrapevineError) return error.code;
    throw error;
  }
  return 'no error';
}
