import type { Link, Transport } from '@grapevine/ports';
import { seededRandom } from '@grapevine/ports/conformance';
import { createRoomLink, formatRoomLink, sealSignal, signalKind } from '@grapevine/replica';
import { GrapevineError, utf8, type SessionId } from '@grapevine/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import { Problems } from '../problems.ts';
import { ProfileTabs } from '../testing/profile-tabs.ts';
import { failedDial } from '../testing/failed-dial.ts';
import { identify } from '../testing/scripted-member.ts';
import { World } from '../testing/world.ts';
import { Connector } from './connector.ts';
import type { Route } from './peer.ts';

const link = formatRoomLink(createRoomLink(seededRandom(1)));

let seeds = 10;

/** One member's connector, with a room around it that does what the test says. */
class End {
  readonly id: SessionId;
  readonly connector: Connector;
  readonly problems = new Problems(() => undefined);
  readonly linked: { member: SessionId; link: Link; transport: string }[] = [];
  readonly failed: [SessionId, string][] = [];
  /** What was asked whether it may be taken up. */
  readonly asked: boolean[] = [];
  readonly said: Route[] = [];
  routes: Route[] = ['server'];
  accepts = true;
  other: End | undefined;
  /** What becomes of what is sent over a route; by default it arrives. */
  fate: { [route in Route]?: 'absent' | 'lost' | 'throws' } = {};

  constructor(
    world: World,
    { keys, session, crypto }: Awaited<ReturnType<typeof identify>>,
    transports: { webrtc?: Transport | undefined; tabs?: Transport },
  ) {
    this.id = session.id;
    this.connector = new Connector({
      ...{ session, keys, crypto, clock: world.clock, random: seededRandom(seeds++) },
      problems: this.problems,
      webrtc: transports.webrtc,
      tabs: transports.tabs,
      routes: () => this.routes,
      send: (route, to, sealed) => this.#send(route, to, sealed),
      accepts: (_member, urgent) => {
        this.asked.push(urgent);
        return this.accepts;
      },
      isLinked: (member) => this.linked.some((linked) => linked.member === member),
      onLink: ({ member, link: opened, transport }) => {
        this.linked.push({ member, link: opened, transport });
      },
      onDialFailed: (member, reason) => this.failed.push([member, reason]),
      onChange: () => undefined,
    });
    this.connector.start();
  }

  #send(route: Route, to: SessionId, sealed: Uint8Array): void {
    this.said.push(route);
    const fate = this.fate[route];
    if (fate === 'throws') throw new GrapevineError('signal-size', 'Too large.', 'Send less.');
    queueMicrotask(() => {
      if (fate === 'absent') this.connector.absent(to, route);
      if (fate === undefined) this.other?.connector.receive(this.id, sealed.slice(), route);
    });
  }
}

let world = new World();
let low: End;
let high: End;

async function createEnds(
  transports: () => { webrtc?: Transport | undefined; tabs?: Transport },
): Promise<void> {
  const both = await Promise.all([identify(link, 1), identify(link, 2)]);
  both.sort((a, b) => (a.session.id < b.session.id ? -1 : 1));
  const [one, two] = both.map((identity) => new End(world, identity, transports()));
  if (!one || !two) throw new Error('two ends');
  [low, high] = [one, two];
  one.other = two;
  two.other = one;
}

beforeEach(async () => {
  world = new World();
  await createEnds(() => ({ webrtc: world.network.createTransport() }));
});

const bothLinked = () =>
  world.until('both are linked', () => low.linked.length + high.linked.length === 2);
const answered = (end: End) => world.until('it is answered', () => end.failed.length > 0);

describe('a dial', () => {
  it('S2: makes one link, whichever side asks, and has no other answer', async () => {
    for (const [asking, asked] of [
      [low, high],
      [high, low],
    ] as const) {
      await createEnds(() => ({ webrtc: world.network.createTransport() }));
      const [from, to] = asking.id < asked.id ? [low, high] : [high, low];
      from.connector.dial(to.id, false);
      await bothLinked();
      await world.pass(5_000);
      expect([...low.failed, ...high.failed]).toEqual([]);
      expect(low.linked.length).toBe(1);
      expect(to.asked).toEqual([false]);
      expect(from.asked).toEqual([]);
    }
  });

  it('of both sides at once makes one link, and nobody is asked', async () => {
    low.connector.dial(high.id, false);
    high.connector.dial(low.id, false);
    await bothLinked();
    await world.pass(5_000);
    expect(low.linked.length).toBe(1);
    expect([...low.asked, ...high.asked]).toEqual([]);
    expect([...low.failed, ...high.failed]).toEqual([]);
  });

  it('S1: says to the other side that it is urgent, be it a knock or a signal', async () => {
    high.accepts = false;
    low.accepts = false;
    low.connector.dial(high.id, true);
    high.accepts = false;
    await answered(low);
    expect(high.asked).toEqual([true]);
    high.connector.dial(low.id, true);
    await answered(high);
    expect(low.asked).toEqual([true]);
    expect(low.failed).toEqual([[high.id, 'refused']]);
    expect(high.failed).toEqual([[low.id, 'refused']]);
  });

  it('that a knock asked for is as urgent as the knock', async () => {
    high.connector.dial(low.id, true);
    await bothLinked();
    expect(low.asked).toEqual([true]);
    expect(high.asked).toEqual([]);
  });

  it('that is refused is over for both, and its later signals ask nobody again', async () => {
    high.accepts = false;
    const transport = world.network.createTransport();
    await createEnds(() => ({
      webrtc: {
        ...transport,
        connect: (self, peer, signal) =>
          transport.connect(self, peer, (bytes) => {
            signal(bytes);
            signal(bytes);
          }),
      },
    }));
    high.accepts = false;
    low.connector.dial(high.id, false);
    await answered(low);
    await world.pass(500);
    expect(high.asked).toEqual([false]);
    expect(low.failed).toEqual([[high.id, 'refused']]);
    expect(low.connector.wanting).toBe(1);
    expect(high.connector.wanting).toBe(0);
  });

  it('of somebody whose dial is under way is answered by what becomes of that one', async () => {
    const transport = world.network.createTransport();
    let dials = 0;
    const again = () => {
      dials += 1;
      low.connector.dial(high.id, false);
      low.connector.dial(high.id, true);
    };
    await createEnds(() => ({
      webrtc: {
        ...transport,
        connect: (...given) => {
          queueMicrotask(again);
          return transport.connect(...given);
        },
      },
    }));
    high.connector.dial(low.id, false);
    await bothLinked();
    await world.pass(5_000);
    expect(dials).toBe(2);
    expect(low.linked.length).toBe(1);
    expect(low.failed).toEqual([]);
  });

  it('of a closed connector fails, and closing it answers what is open', async () => {
    low.fate = { server: 'lost' };
    low.connector.dial(high.id, false);
    low.connector.dial(high.id, true);
    expect(low.failed).toEqual([]);
    low.connector.stop();
    expect(low.failed).toEqual([[high.id, 'failed']]);
    low.connector.dial(high.id, false);
    expect(low.failed.length).toBe(2);
    expect(low.connector.wanting).toBe(0);
    high.connector.stop();
    expect(world.clock.pending).toBe(0);
  });
});

describe('S3: an introduction', () => {
  const all: Route[] = ['mesh', 'tabs', 'server'];

  it('goes the nearest way, and the next where that does not lead there', async () => {
    low.routes = [...all];
    low.fate = { mesh: 'absent', tabs: 'throws' };
    low.connector.dial(high.id, false);
    await bothLinked();
    expect(low.said).toEqual(all);
    expect(low.failed).toEqual([]);
  });

  it('goes no other way once the channel is open, however long the handshake takes', async () => {
    const transport = world.network.createTransport();
    await createEnds(() => ({
      webrtc: {
        ...transport,
        connect: (self, peer, signal) => {
          const pending = transport.connect(self, peer, signal);
          if (self < peer) return pending;
          return {
            receive: (bytes) => pending.receive(bytes),
            abort: () => pending.abort(),
            opened: new Promise(() => undefined),
          };
        },
      },
    }));
    low.routes = ['mesh', 'server'];
    low.connector.dial(high.id, false);
    await world.pass(4_900);
    expect(low.said).toEqual(['mesh']);
    expect(low.failed).toEqual([]);
    await answered(low);
  });

  it('goes the next way too where nobody has answered for 2 s', async () => {
    for (const end of [low, high]) end.routes = ['mesh', 'server'];
    high.fate = { mesh: 'lost' };
    low.fate = { mesh: 'lost' };
    for (const [from, to] of [
      [low, high],
      [high, low],
    ] as const) {
      from.connector.dial(to.id, false);
      await world.until('it is said', () => from.said.length > 0);
      await world.pass(1_900);
      expect(from.said).toEqual(['mesh']);
      await bothLinked();
      expect(from.said.slice(0, 2)).toEqual(['mesh', 'server']);
      for (const { link: opened } of [...low.linked, ...high.linked]) opened.close();
      for (const end of [low, high]) {
        end.linked.length = 0;
        end.said.length = 0;
        end.connector.lost(end.other?.id ?? '');
      }
    }
  });

  it('that the server says finds nobody is absent; one no neighbour can carry has failed', async () => {
    low.routes = ['mesh', 'server'];
    low.fate = { mesh: 'absent', server: 'absent' };
    low.connector.dial(high.id, false);
    await answered(low);
    expect(low.failed).toEqual([[high.id, 'absent']]);
    expect(low.connector.wanting).toBe(0);
    high.routes = ['mesh'];
    high.fate = { mesh: 'absent' };
    high.connector.dial(low.id, false);
    await answered(high);
    expect(high.failed).toEqual([[low.id, 'failed']]);
  });

  it('goes another way first after one that failed', async () => {
    high.routes = ['mesh', 'server'];
    high.fate = { mesh: 'lost', server: 'lost' };
    high.connector.dial(low.id, false);
    await answered(high);
    expect(high.said).toEqual(['mesh', 'server']);
    high.connector.dial(low.id, false);
    await world.until('it is said again', () => high.said.length === 3);
    expect(high.said[2]).toBe('server');
  });

  it('that nobody answers has failed 4 s after the last way was tried', async () => {
    high.fate = { server: 'lost' };
    high.connector.dial(low.id, false);
    world.clock.advance(3_999);
    expect(high.failed).toEqual([]);
    world.clock.advance(1);
    expect(high.failed).toEqual([[low.id, 'failed']]);
    expect(world.clock.pending).toBe(1);
    high.connector.forget(low.id);
    expect(world.clock.pending).toBe(0);
  });

  it('of too many strangers keeps out nobody who is dialled', async () => {
    for (let n = 0; n < 600; n++) {
      low.connector.receive(n.toString(16).padStart(32, '0'), new Uint8Array(9), 'server');
    }
    low.connector.dial(high.id, false);
    await bothLinked();
  });
});

describe('tabs', () => {
  const tabsOnly = () => {
    const tabs = new ProfileTabs(world.network);
    return () => ({ webrtc: undefined, tabs: tabs.createTransport() });
  };

  it('S2: that have no WebRTC are linked over BroadcastChannel, whichever dials', async () => {
    for (const which of [0, 1]) {
      await createEnds(tabsOnly());
      for (const end of [low, high]) end.routes = ['tabs', 'server'];
      const [from, to] = which === 0 ? [low, high] : [high, low];
      from.connector.dial(to.id, true);
      await bothLinked();
      expect(from.linked[0]?.transport).toBe('tabs');
      expect(to.asked).toEqual([true]);
      expect([...low.failed, ...high.failed]).toEqual([]);
    }
  });

  it('are linked over BroadcastChannel 2 s after WebRTC was tried in vain', async () => {
    const tabs = new ProfileTabs(world.network);
    await createEnds(() => ({
      webrtc: {
        name: 'webrtc',
        connect: (self, peer, signal) => failedDial(self < peer, signal),
        close: () => undefined,
      },
      tabs: tabs.createTransport(),
    }));
    for (const end of [low, high]) end.routes = ['tabs'];
    const before = world.clock.monotonic();
    low.connector.dial(high.id, false);
    await bothLinked();
    expect(world.clock.monotonic() - before).toBeGreaterThanOrEqual(2_000);
    expect(world.clock.monotonic() - before).toBeLessThan(2_200);
    expect(low.linked[0]?.transport).toBe('tabs');
    expect(low.failed).toEqual([]);
  });

  it('that are nowhere cannot be dialled without WebRTC', async () => {
    await createEnds(tabsOnly());
    low.connector.dial(high.id, false);
    expect(low.failed).toEqual([[high.id, 'failed']]);
  });
});

describe('a member that speaks in the name of another', () => {
  it('S1: neither ends a dial under way nor begins one', async () => {
    const begun: { aborted: boolean }[] = [];
    const webrtc: Transport = {
      name: 'webrtc',
      connect: () => {
        const pending = { aborted: false };
        begun.push(pending);
        return {
          opened: new Promise<Link>(() => undefined),
          receive: () => undefined,
          abort: () => {
            pending.aborted = true;
          },
        };
      },
      close: () => undefined,
    };
    const [one, two, liar] = await Promise.all([1, 2, 3].map((seed) => identify(link, seed)));
    if (!one || !two || !liar) throw new Error('three members');
    const [caller, called] = one.session.id < two.session.id ? [one, two] : [two, one];
    const end = new End(world, called, { webrtc });
    const random = seededRandom(99);
    const offer = (session: typeof caller.session) =>
      sealSignal(
        { ...caller, session, random, to: end.id },
        { kind: signalKind.signal, attempt: random.bytes(8), sequence: 0, content: utf8('[]') },
      );
    const forged = { ...liar.session, id: caller.session.id };
    end.connector.receive(caller.session.id, await offer(forged), 'mesh');
    end.connector.receive(caller.session.id, await offer(caller.session), 'server');
    await world.until('it is taken up', () => begun.length > 0);
    end.connector.receive(caller.session.id, await offer(forged), 'mesh');
    await world.pass(10);
    expect(begun).toEqual([{ aborted: false }]);
    expect(end.asked).toEqual([false]);
  });
});
