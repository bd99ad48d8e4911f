import { DecodeError } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../config.ts';
import type { Settings } from '../config.ts';
import type { Run, Stats } from '../event.ts';
import { InNames } from '../frames/dictionary.ts';
import { decodeFrame } from '../frames/frame.ts';
import type { Message, MessageOf } from '../frames/message.ts';
import { Link, split } from './link.ts';

const id = (digit: string) => digit.repeat(32);
/** What a message's head and names are taken for before it is encoded. */
const headBytes = 64;
const echo = (nonce: number): Message => ({ type: 'echo', nonce });

/** A link and what its other end reads of it. */
function linked(settings: Partial<Settings> = {}) {
  const stats: Stats = {
    framesSent: 0,
    framesReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    deltasReceived: 0,
    duplicateDeltas: 0,
    deltasForwarded: 0,
    repairBytes: 0,
    roundsRun: 0,
    links: 0,
  };
  const link = new Link({ ...defaultSettings, ...settings }, stats);
  const names = new InNames();
  const sizes: number[] = [];
  /** @returns the messages of each frame sent */
  const frames = () =>
    link.flush().map((bytes) => {
      sizes.push(bytes.length);
      const messages = decodeFrame(bytes, names);
      if (messages instanceof DecodeError) throw messages;
      return messages;
    });
  const flush = () => frames().flat();
  const acknowledgeAll = () => link.acknowledge(sizes.reduce((sum, size) => sum + size, 0));
  return { link, stats, sizes, frames, flush, acknowledgeAll };
}

function run(seq: number, size: number, session = id('a')): Run {
  const bytes = new Uint8Array(size);
  bytes.set([seq, 1]);
  return { session, from: seq, to: seq, bytes };
}

const repair = (seq: number, size: number): MessageOf<'run'> => {
  return { type: 'run', repair: true, way: 'even', ...run(seq, size) };
};

const seqs = (messages: readonly Message[]) =>
  messages.flatMap((message) => (message.type === 'run' ? [message.from] : []));

/** Bytes a first run of `size` takes on a new link, its names included. */
function sizeOf(size: number): number {
  const { link, sizes, flush } = linked();
  link.rumour(run(1, size), 'even');
  flush();
  return sizes[0] ?? 0;
}

const signal = (size: number): MessageOf<'signal'> => {
  return { type: 'signal', from: id('1'), to: id('2'), relays: 0, sealed: new Uint8Array(size) };
};

const ephemeral = (channel: string, number: number, size = 1): MessageOf<'ephemeral'> => ({
  type: 'ephemeral',
  from: id('1'),
  channel,
  number,
  signature: new Uint8Array(64),
  bytes: new Uint8Array(size),
});

describe('order', () => {
  it('F3: urgent messages go first, then have, want, rumours, ephemeral ones, and bulk by itself', () => {
    const { link, frames } = linked({ ackBytes: 100 });
    link.bulk(repair(9, 20), 20);
    link.ephemeral(ephemeral('x', 1));
    link.rumour(run(1, 20), 'own');
    link.want({ session: id('a'), from: 2, to: 3 });
    link.have(id('a'), 1);
    link.urgent(echo(1));
    link.urgent(echo(2));
    link.consume(100);
    const types = frames().map((messages) => messages.map(({ type }) => type));
    expect(types).toEqual([['echo', 'echo', 'have', 'want', 'run', 'ephemeral', 'ack'], ['run']]);
    expect(frames()).toEqual([]);
  });

  it('F3: of several heads of one feed the highest is told, once', () => {
    const { link, flush } = linked();
    link.have(id('a'), 3);
    link.have(id('a'), 5);
    link.have(id('a'), 4);
    link.have(id('b'), 1);
    const heads = [
      { session: id('a'), seq: 5 },
      { session: id('b'), seq: 1 },
    ];
    expect(flush()).toEqual([{ type: 'have', heads }]);
    expect(flush()).toEqual([]);
    link.have(id('a'), 2);
    expect(flush()).toEqual([{ type: 'have', heads: [{ session: id('a'), seq: 2 }] }]);
  });

  it('section 14: lists are cut into parts of 1,500', () => {
    const items = Array.from({ length: 3001 }, (_, n) => n);
    const parts = split(items);
    expect(parts.map(({ length }) => length)).toEqual([1500, 1500, 1]);
    expect(parts.flat()).toEqual(items);
    expect(split([])).toEqual([]);
    expect(split(items.slice(0, 1500))).toHaveLength(1);
  });

  it('asks to be flushed once until it was, and only where something may go', () => {
    const { link, flush } = linked({ ackBytes: 100 });
    let asked = 0;
    link.onReady = () => asked++;
    expect(link.ready).toBe(false);
    link.urgent(echo(1));
    link.urgent(echo(2));
    expect([asked, link.ready]).toEqual([1, true]);
    flush();
    expect(link.ready).toBe(false);
    link.consume(99);
    expect(link.ready).toBe(false);
    link.consume(1);
    expect([asked, link.ready]).toEqual([2, true]);
    for (const act of [
      () => link.want({ session: id('a'), from: 1, to: 1 }),
      () => link.have(id('a'), 1),
      () => link.rumour(run(1, 9), 'even'),
      () => link.signal(signal(9)),
      () => link.ephemeral(ephemeral('x', 1)),
      () => link.bulk(repair(1, 9), 9),
      () => link.acknowledge(0),
    ]) {
      flush();
      expect(link.ready).toBe(false);
      act();
      expect(link.ready).toBe(true);
    }
  });
});

describe('the window', () => {
  it('F3: a rumour goes as long as it fits, and the next once enough is acknowledged', () => {
    for (const [room, goes] of [
      [200 + headBytes, true],
      [200 + headBytes - 1, false],
    ] as const) {
      const { link, flush } = linked({ linkUnackedBytes: room });
      link.rumour(run(1, 200), 'even');
      expect(seqs(flush())).toEqual(goes ? [1] : []);
      expect(link.queuedBytes).toBe(goes ? 0 : 200 + headBytes);
    }
    const first = sizeOf(200);
    const { link, flush } = linked({ linkUnackedBytes: first + 200 + headBytes - 1 });
    link.rumour(run(1, 200), 'even');
    link.rumour(run(2, 200), 'even');
    expect(seqs(flush())).toEqual([1]);
    expect(link.unackedBytes).toBe(first);
    expect(seqs(flush())).toEqual([]);
    expect(link.acknowledge(1)).toBe(true);
    expect(seqs(flush())).toEqual([2]);
  });

  it('F3: two rumours go together where both fit', () => {
    const first = sizeOf(200);
    const { link, frames } = linked({ linkUnackedBytes: first + 200 + headBytes });
    link.rumour(run(1, 200), 'own');
    link.rumour(run(2, 200), 'direct');
    expect(frames()).toMatchObject([
      [
        { type: 'run', repair: false, way: 'own', from: 1, to: 1 },
        { type: 'run', repair: false, way: 'direct', from: 2, to: 2 },
      ],
    ]);
  });

  it('F3: urgent messages go whatever is unacknowledged, and count', () => {
    const { link, flush, sizes } = linked({ linkUnackedBytes: 10 });
    for (let nonce = 0; nonce < 20; nonce++) link.urgent(echo(nonce));
    expect(flush()).toHaveLength(20);
    expect(link.unackedBytes).toBe(sizes[0]);
  });

  it('F3: more than was sent cannot be acknowledged; less than before changes nothing', () => {
    const { link, flush } = linked();
    link.urgent(echo(1));
    flush();
    const sent = link.unackedBytes;
    expect(link.acknowledge(sent + 1)).toBe(false);
    expect(link.unackedBytes).toBe(sent);
    expect(link.acknowledge(sent)).toBe(true);
    expect(link.acknowledge(sent - 1)).toBe(true);
    expect(link.unackedBytes).toBe(0);
  });

  it('F3: what was consumed is acknowledged at 65,536 bytes, or along with something at 4,096', () => {
    const { link, flush } = linked();
    link.consume(65_535);
    expect(flush()).toEqual([]);
    link.consume(1);
    expect(flush()).toEqual([{ type: 'ack', bytes: 65_536 }]);
    expect(flush()).toEqual([]);
    link.consume(4095);
    link.urgent(echo(1));
    expect(flush()).toEqual([echo(1)]);
    link.consume(1);
    link.urgent(echo(2));
    expect(flush()).toEqual([echo(2), { type: 'ack', bytes: 69_632 }]);
  });
});

describe('the rumour queue', () => {
  it('F3: over its limit it collapses into have, told when half the window is open again', () => {
    const size = 100 + headBytes;
    const { link, flush, sizes, acknowledgeAll } = linked({
      linkUnackedBytes: 400,
      linkRumourQueueBytes: 2 * size,
    });
    link.rumour(run(1, 300), 'even');
    expect(seqs(flush())).toEqual([1]);
    const sent = sizes[0] ?? 0;
    link.rumour(run(2, 100), 'even');
    link.rumour(run(3, 100), 'even');
    expect(flush()).toEqual([]);
    expect(link.queuedBytes).toBe(2 * size);
    link.rumour(run(4, 100), 'even');
    expect(flush()).toEqual([]);
    expect(link.queuedBytes).toBe(0);
    // What comes meanwhile is only named as well, the highest of each feed.
    link.rumour(run(6, 10), 'even');
    link.rumour(run(5, 10), 'even');
    link.rumour(run(9, 10, id('b')), 'even');
    expect(link.queuedBytes).toBe(0);
    link.acknowledge(sent - 201);
    expect(flush()).toEqual([]);
    link.acknowledge(sent - 200);
    const heads = [
      { session: id('a'), seq: 6 },
      { session: id('b'), seq: 9 },
    ];
    expect(flush()).toEqual([{ type: 'have', heads }]);
    expect(flush()).toEqual([]);
    acknowledgeAll();
    link.rumour(run(7, 10), 'even');
    expect(seqs(flush())).toEqual([7]);
  });

  it('O7: signals keep their place in it when it collapses, and are refused where it is full', () => {
    const size = 100 + headBytes;
    const settings = { linkUnackedBytes: 300, linkRumourQueueBytes: 2 * size };
    const { link, flush, acknowledgeAll } = linked(settings);
    link.rumour(run(1, 200), 'even');
    flush();
    expect(link.signal(signal(100))).toBe(true);
    expect(link.signal(signal(101))).toBe(false);
    expect(link.queuedBytes).toBe(size);
    link.rumour(run(2, 101), 'even');
    expect(flush()).toEqual([]);
    expect(link.queuedBytes).toBe(size);
    expect(link.signal(signal(100))).toBe(true);
    acknowledgeAll();
    expect(flush().map(({ type }) => type)).toEqual(['have', 'signal']);
    expect(link.queuedBytes).toBe(size);
    acknowledgeAll();
    expect(flush().map(({ type }) => type)).toEqual(['signal']);
    expect(link.queuedBytes).toBe(0);
  });

  it('B10: the newest of a channel waits, of so many channels, behind the rumours', () => {
    const size = 10 + headBytes;
    const { link, flush, acknowledgeAll } = linked({
      ephemeralChannels: 2,
      linkUnackedBytes: size,
    });
    link.ephemeral(ephemeral('x', 1, 10));
    link.ephemeral(ephemeral('y', 1, 10));
    link.ephemeral(ephemeral('x', 2, 10));
    link.ephemeral(ephemeral('z', 1, 10));
    const said = () =>
      flush().flatMap((message) =>
        message.type === 'ephemeral' ? [`${message.channel}${message.number}`] : [],
      );
    expect(said()).toEqual(['x2']);
    expect(said()).toEqual([]);
    acknowledgeAll();
    expect(said()).toEqual(['z1']);
  });

  it('B10: an ephemeral message goes where it fits the window, to the byte', () => {
    for (const [room, goes] of [
      [50 + headBytes, 1],
      [50 + headBytes - 1, 0],
    ] as const) {
      const { link, flush } = linked({ linkUnackedBytes: room });
      link.ephemeral(ephemeral('x', 1, 50));
      expect(flush()).toHaveLength(goes);
    }
  });
});

describe('bulk', () => {
  it('F3: so much is in flight at a time; what is acknowledged makes room', () => {
    const size = 1000 + headBytes;
    const { link, flush, sizes } = linked({ bulkInFlightBytes: 2 * size });
    expect(link.bulkRoom).toBe(2 * size);
    for (const seq of [1, 2, 3, 4]) link.bulk(repair(seq, 1000), 1000);
    expect(link.bulkQueuedBytes).toBe(4 * size);
    expect(link.queuedBytes).toBe(4 * size);
    expect(link.bulkRoom).toBe(0);
    expect(seqs(flush())).toEqual([1, 2]);
    expect(link.bulkQueuedBytes).toBe(2 * size);
    expect(flush()).toEqual([]);
    const [first = 0] = sizes;
    link.acknowledge(first - 1);
    expect(flush()).toEqual([]);
    link.acknowledge(first);
    expect(seqs(flush())).toEqual([3, 4]);
    expect(link.bulkRoom).toBe(2 * size - (sizes[1] ?? 0));
    link.acknowledge(first + (sizes[1] ?? 0));
    expect(link.bulkRoom).toBe(2 * size);
  });

  it('F3: one larger than the allowance goes alone', () => {
    const { link, flush, acknowledgeAll } = linked({ bulkInFlightBytes: 500 });
    link.bulk(repair(1, 1000), 1000);
    link.bulk(repair(2, 10), 10);
    expect(seqs(flush())).toEqual([1]);
    expect(seqs(flush())).toEqual([]);
    acknowledgeAll();
    expect(seqs(flush())).toEqual([2]);
  });

  it('F3: it does not go beyond the window of the link', () => {
    const size = 1000 + headBytes;
    for (const [room, goes] of [
      [size, [1]],
      [size - 1, []],
    ] as const) {
      const { link, flush } = linked({ linkUnackedBytes: room });
      link.bulk(repair(1, 1000), 1000);
      link.bulk(repair(2, 1000), 1000);
      expect(seqs(flush())).toEqual(goes);
    }
  });

  it('F3: held for a full frame it waits, and goes when it is let go', () => {
    const { link, flush } = linked();
    link.holdBulk = true;
    link.bulk(repair(1, 10), 10);
    expect(flush()).toEqual([]);
    expect(link.ready).toBe(false);
    link.holdBulk = true;
    expect(link.ready).toBe(false);
    link.holdBulk = false;
    expect(link.ready).toBe(true);
    expect(seqs(flush())).toEqual([1]);
    link.holdBulk = false;
    expect(link.ready).toBe(false);
  });

  it('what repair costs is counted: its runs, the descent and what is wanted', () => {
    const { link, flush, sizes, stats } = linked();
    const salt = 1;
    for (const message of [
      repair(1, 50),
      { type: 'tree', step: 'open', salt, nodes: [] },
      { type: 'leaves', salt, leaves: [] },
    ] as const) {
      const before = stats.repairBytes;
      link.urgent(message);
      flush();
      expect(stats.repairBytes - before).toBe(sizes.at(-1));
    }
    const before = stats.repairBytes;
    link.want({ session: id('a'), from: 1, to: 1 });
    flush();
    expect(stats.repairBytes - before).toBe(sizes.at(-1));
    const repaired = stats.repairBytes;
    link.rumour(run(2, 50), 'even');
    link.have(id('a'), 2);
    link.urgent(echo(1));
    flush();
    expect(stats.repairBytes).toBe(repaired);
  });
});
