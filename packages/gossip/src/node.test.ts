import { createHash } from 'node:crypto';
import { limits } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import type { Feed, Run } from './event.ts';
import type { Message, MessageOf } from './frames/message.ts';
import { Peer, Subject, hello } from './testing/peer.ts';
import { FakeLog } from './testing/log.ts';
import { proofOf } from './testing/signatures.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const id = (digit: string) => digit.repeat(32);
const author = id('a');
const self = id('5');

function room(peers: number, settings = {}) {
  const subject = new Subject({
    self,
    incarnation: 1,
    proof: proofOf(self),
    info: new Uint8Array(0),
    random: () => 0.5,
    hash,
    ...settings,
  });
  subject.handle({ type: 'start' });
  const others = Array.from(
    { length: peers },
    (_, i) => new Peer(subject, i + 1, id(String(i + 6))),
  );
  for (const peer of others) peer.open();
  return { subject, peers: others as [Peer, Peer, Peer] };
}

const types = (messages: readonly Message[]) => messages.map(({ type }) => type);
const only = <T extends Message['type']>(messages: readonly Message[], type: T) =>
  messages.filter((message): message is MessageOf<T> => message.type === type);

function written(count: number, size = 10, session = author): { log: FakeLog; runs: Run[] } {
  const log = new FakeLog(hash);
  const runs = Array.from({ length: count }, (_, i) =>
    log.append(session, [new Uint8Array(size).fill(i)]),
  );
  return { log, runs };
}

const runMessage = (run: Run, repair = false): Message => {
  return { type: 'run', repair, way: 'direct', ...run };
};
/** Own deltas to be appended, with the state of the feed behind them. */
function own(seq: number, from = 1, size = 10): { feed: Feed; runs: Run[] } {
  return {
    feed: { ...head(seq), session: self },
    runs: written(seq, size, self).runs.slice(from - 1),
  };
}

const head = (seq: number): Feed => ({
  session: author,
  seq,
  leaf: new Uint8Array(16).fill(seq),
  ended: false,
});

describe('links', () => {
  it('F1: greets with hello, then peers; a first message that is not hello closes the link', () => {
    const { subject } = room(0);
    const peer = new Peer(subject, 1, id('7'));
    const up = subject.handle({ type: 'linkUp', link: 1, member: id('7') });
    expect(types(peer.heard(up))).toEqual(['hello', 'echo', 'peers']);
    peer.say({ type: 'bye' });
    expect(subject.last('close')).toEqual([{ type: 'close', link: 1, reason: 'protocol' }]);
    peer.say({ type: 'echo', nonce: 1 });
    expect(subject.effects).toEqual([]);
  });

  it('F2: a frame that does not decode closes the link and nothing in it is applied', () => {
    const { subject, peers } = room(1);
    const good = peers[0].frame(runMessage(written(1).runs[0] as Run));
    const bytes = new Uint8Array([...good, 3, 0]);
    subject.handle({ type: 'frame', link: 1, bytes });
    expect(subject.last('close')).toEqual([{ type: 'close', link: 1, reason: 'protocol' }]);
    expect(subject.last('validate')).toEqual([]);
  });

  it('F3: acknowledging more than was sent closes the link', () => {
    const { subject, peers } = room(1);
    peers[0].say({ type: 'ack', bytes: 1_000_000 });
    expect(subject.last('close')).toEqual([{ type: 'close', link: 1, reason: 'protocol' }]);
  });

  it('F3: who has us answer twice the window and acknowledges nothing is let go', () => {
    const { subject, peers } = room(2);
    const echo: Message = { type: 'echo', nonce: 1 };
    const ask = (peer: Peer) => peer.say(...Array.from({ length: 20_000 }, () => echo));
    for (let asked = 1; asked <= 60; asked++) {
      ask(peers[0]);
      ask(peers[1]);
      peers[1].say({ type: 'ack', bytes: 60_000 * asked });
    }
    ask(peers[0]);
    expect(subject.effects).toEqual([]);
    expect(ask(peers[1])).not.toEqual([]);
  });

  it('F4: an echo is answered while its frame is handled', () => {
    const { peers } = room(1);
    expect(peers[0].say({ type: 'echo', nonce: 77 })).toEqual([{ type: 'echoReply', nonce: 77 }]);
  });

  it('G11: the lower id closes the older of two links, the higher waits for the hello', () => {
    const { subject, peers } = room(1);
    new Peer(subject, 9, peers[0].id).open();
    subject.handle({ type: 'linkUp', link: 10, member: peers[0].id });
    expect(subject.last('close')).toEqual([{ type: 'close', link: 9, reason: 'replaced' }]);
    const lower = id('1');
    const first = new Peer(subject, 20, lower);
    const second = new Peer(subject, 21, lower);
    first.open();
    subject.handle({ type: 'linkUp', link: 21, member: lower });
    expect(subject.last('close')).toEqual([]);
    subject.handle({ type: 'append', ...own(1) });
    expect(subject.last('send').map(({ link }) => link)).toContain(20);
    second.say(hello);
    subject.handle({ type: 'append', ...own(2, 2) });
    expect(subject.last('send').map(({ link }) => link)).toContain(21);
    expect(subject.last('send').map(({ link }) => link)).not.toContain(20);
  });
});

describe('rumours', () => {
  it('G2: a new own delta leaves for every neighbour in the call that brings it', () => {
    const { subject } = room(3);
    subject.handle({ type: 'append', ...own(1) });
    expect(subject.last('send').map(({ link }) => link)).toEqual([1, 2, 3]);
  });

  it('G3: a neighbour known to hold a delta is not sent it', () => {
    const { subject, peers } = room(2);
    peers[1].say({ type: 'have', heads: [{ session: self, seq: 5 }] });
    subject.handle({ type: 'append', ...own(5) });
    expect(subject.last('send').map(({ link }) => link)).toEqual([1]);
    expect(subject.last('readRuns')).toEqual([]);
  });

  it('G3: of a run that is partly known to a neighbour only the rest is read and sent', () => {
    const { subject, peers } = room(1);
    const log = new FakeLog(hash);
    peers[0].say({ type: 'have', heads: [{ session: self, seq: 2 }] });
    const run = log.append(self, [new Uint8Array(3), new Uint8Array(4), new Uint8Array(5)]);
    subject.handle({ type: 'append', feed: own(3).feed, runs: [run] });
    const [read] = subject.last('readRuns');
    expect(read).toMatchObject({ session: self, from: 3, to: 3 });
    const runs = log.readRuns(self, 3, 3, 65_536);
    const said = peers[0].heard(
      subject.handle({ type: 'runsRead', id: read?.id ?? 0, runs, end: undefined }),
    );
    expect(only(said, 'run')).toMatchObject([{ from: 3, to: 3, repair: false }]);
  });

  it('G1: what is entirely known is dropped and counted, without validation', () => {
    const { subject, peers } = room(1);
    subject.handle({ type: 'feeds', feeds: [head(3)] });
    peers[0].say(runMessage(written(2).runs[1] as Run));
    expect(subject.last('validate')).toEqual([]);
    expect(subject.node.stats().duplicateDeltas).toBe(1);
  });

  it('a rejected run closes its link, and what others hold of the feed is asked of them', () => {
    const { subject, peers } = room(2);
    const [run] = written(1).runs as [Run];
    peers[0].say(runMessage(run));
    const [question] = subject.last('validate');
    peers[1].say(runMessage(run));
    const verdict = { verdict: 'reject', reason: 'forged' } as const;
    subject.handle({ type: 'validated', id: question?.id ?? 0, ...verdict });
    expect(subject.last('close')).toEqual([{ type: 'close', link: 1, reason: 'protocol' }]);
    subject.now += 1000;
    const effects = subject.handle({ type: 'timer', timer: 'retry' });
    const wanted = only(peers[1].heard(effects), 'want');
    expect(wanted).toEqual([{ type: 'want', ranges: [{ session: author, from: 1, to: 1 }] }]);
  });

  it('F3: a queue over its limit collapses into have, which is sent when the window opens', () => {
    const { subject, peers } = room(1);
    const { runs } = own(60, 1, 40_000);
    let sent = 0;
    for (const run of runs) {
      subject.handle({ type: 'append', feed: own(run.to).feed, runs: [run] });
      sent += only(peers[0].heard(subject.effects), 'run').length;
    }
    expect(sent).toBeLessThan(30);
    expect(subject.node.load().queuedBytes).toBeLessThanOrEqual(limits.linkRumourQueueBytes);
    const said = peers[0].say({ type: 'ack', bytes: 900_000 });
    expect(only(said, 'have')).toEqual([{ type: 'have', heads: [{ session: self, seq: 60 }] }]);
  });
});

describe('what is missing', () => {
  it('G7: a run before its prefix is parked, the gap wanted, and both validated in order', () => {
    const { subject, peers } = room(1);
    const { runs } = written(3);
    expect(only(peers[0].say(runMessage(runs[2] as Run)), 'want')).toEqual([]);
    expect(subject.last('validate')).toEqual([]);
    subject.now += 1000;
    const late = subject.handle({ type: 'timer', timer: 'retry' });
    expect(only(peers[0].heard(late), 'want')).toEqual([
      { type: 'want', ranges: [{ session: author, from: 1, to: 2 }] },
    ]);
    expect(subject.last('validate')).toEqual([]);
    peers[0].say(runMessage(runs[0] as Run, true), runMessage(runs[1] as Run, true));
    const asked = subject.last('validate');
    expect(asked).toHaveLength(2);
    for (const [i, { id: question }] of asked.entries()) {
      const accept = { verdict: 'accept', feed: head(i + 1), runs: [runs[i] as Run] } as const;
      subject.handle({ type: 'validated', id: question, ...accept });
    }
    expect(subject.last('validate')).toHaveLength(1);
    expect(subject.node.load().parkedBytes).toBe(0);
  });

  it('G7: at most 64 runs of a feed are parked', () => {
    const { subject, peers } = room(1);
    const { runs } = written(100);
    peers[0].say(...runs.slice(1).map((run) => runMessage(run)));
    const bytes = runs.slice(1, 65).reduce((sum, run) => sum + 400 + run.bytes.length, 0);
    expect(subject.node.load().parkedBytes).toBe(bytes);
  });

  it('G5: what a have names is wanted after its grace, of one neighbour, then the next', () => {
    const { subject, peers } = room(2);
    const have: Message = { type: 'have', heads: [{ session: author, seq: 4 }] };
    for (const peer of peers) expect(only(peer.say(have), 'want')).toEqual([]);
    subject.now += 500;
    const effects = subject.handle({ type: 'timer', timer: 'retry' });
    const first = peers.findIndex((peer) => only(peer.heard(effects), 'want').length > 0);
    expect(first).toBe(0);
    subject.now += 3000;
    const later = subject.handle({ type: 'timer', timer: 'retry' });
    expect(only(peers[1].heard(later), 'want')).toHaveLength(1);
    expect(subject.last('sync')).toEqual([]);
  });

  it('G5: a rumour that arrives within the grace is not asked for', () => {
    const { subject, peers } = room(2);
    const [run] = written(1).runs as [Run];
    peers[0].say({ type: 'have', heads: [{ session: author, seq: 1 }] });
    peers[1].say(runMessage(run));
    const [question] = subject.last('validate');
    subject.now += 600;
    const effects = subject.handle({ type: 'timer', timer: 'retry' });
    expect(only(peers[0].heard(effects), 'want')).toEqual([]);
    const accept = { verdict: 'accept', feed: head(1), runs: [run] } as const;
    subject.handle({ type: 'validated', id: question?.id ?? 0, ...accept });
    expect(subject.last('sync').at(-1)).toMatchObject({ pending: 0 });
  });

  it('L11: a contradiction is asked for from seq 1 once per link', () => {
    const { subject, peers } = room(1);
    const { runs } = written(3);
    subject.handle({ type: 'feeds', feeds: [head(1)] });
    const ask = (run: Run) => {
      peers[0].say(runMessage(run));
      const [question] = subject.last('validate');
      const diverged = { verdict: 'diverged', feed: head(1) } as const;
      return only(
        peers[0].heard(subject.handle({ type: 'validated', id: question?.id ?? 0, ...diverged })),
        'want',
      );
    };
    expect(ask(runs[1] as Run)).toEqual([
      { type: 'want', ranges: [{ session: author, from: 1, to: 2 }] },
    ]);
    peers[0].say(runMessage(runs[0] as Run, true));
    expect(subject.last('validate')).toHaveLength(1);
    expect(ask(runs[1] as Run)).toEqual([]);
  });

  it('an end mark that is named is wanted, validated, and makes later deltas unwanted', () => {
    const { subject, peers } = room(1);
    subject.handle({ type: 'feeds', feeds: [head(3)] });
    const leaf = { session: author, seq: 2, ended: true, hash: 7 };
    const said = peers[0].say({ type: 'leaves', salt: 1, leaves: [leaf] });
    expect(only(said, 'want')).toEqual([
      { type: 'want', ranges: [{ session: author, from: 0, to: 0 }] },
    ]);
    peers[0].say({ type: 'end', session: author, bytes: Uint8Array.of(3) });
    const [question] = subject.last('validate');
    expect(question).toMatchObject({ what: 'end', session: author });
    const feed = { ...head(2), ended: true };
    const accept = { verdict: 'accept', feed, runs: [] } as const;
    subject.handle({ type: 'validated', id: question?.id ?? 0, ...accept });
    peers[0].say({ type: 'have', heads: [{ session: author, seq: 9 }] });
    subject.now += 600;
    const effects = subject.handle({ type: 'timer', timer: 'retry' });
    expect(only(peers[0].heard(effects), 'want')).toEqual([]);
  });

  it('F3: repair is read as the window of bulk allows', () => {
    const { subject, peers } = room(1);
    const { log } = written(40, 40_000);
    peers[0].say({ type: 'want', ranges: [{ session: author, from: 1, to: 40 }] });
    let sent = 0;
    for (;;) {
      const [read] = subject.last('readRuns');
      if (read === undefined) break;
      const runs = log.readRuns(author, read.from, read.to, read.maxBytes);
      const said = peers[0].heard(
        subject.handle({ type: 'runsRead', id: read.id, runs, end: undefined }),
      );
      sent += only(said, 'run').length;
    }
    expect(sent).toBeGreaterThan(3);
    expect(subject.node.load().unackedBytes).toBeLessThanOrEqual(262_144 + 1024);
  });
});

describe('around the log', () => {
  it('a stale timer changes nothing', () => {
    const { subject } = room(2);
    subject.handle({ type: 'timer', timer: 'round' });
    const before = subject.node.stats();
    subject.handle({ type: 'timer', timer: 'liveness' });
    expect(subject.effects).toEqual([]);
    expect(subject.node.stats()).toEqual(before);
  });

  it('G10: answers that go on stay one while they are read, so chunks come in order', () => {
    const { subject, peers } = room(1);
    const value = '7'.repeat(64);
    const size = 400_000;
    peers[0].say({ type: 'valueWant', hash: value, offset: 0, length: 300_000 });
    const [read] = subject.last('readValue');
    peers[0].say({ type: 'valueWant', hash: value, offset: 300_000, length: 100_000 });
    expect(subject.last('readValue')).toEqual([]);
    const offsets: number[] = [];
    let next = read;
    while (next !== undefined) {
      const bytes = new Uint8Array(next.length);
      const said = peers[0].heard(subject.handle({ type: 'valueRead', id: next.id, bytes, size }));
      offsets.push(...only(said, 'valueChunk').map(({ offset }) => offset));
      [next] = subject.last('readValue');
      if (next === undefined && offsets.length < 25) {
        const acked = peers[0].say({ type: 'ack', bytes: subject.node.stats().bytesSent });
        offsets.push(...only(acked, 'valueChunk').map(({ offset }) => offset));
        [next] = subject.last('readValue');
      }
    }
    expect(offsets).toEqual(Array.from({ length: 25 }, (_, i) => i * limits.valueChunkBytes));
  });

  it('G10: chunks out of order or of another size are not used', () => {
    const { subject, peers } = room(2);
    const value = '7'.repeat(64);
    const chunk = { type: 'valueChunk', hash: value, size: 30_000, bytes: new Uint8Array(10_000) };
    const said = (offset: number, size = 30_000): Message => ({
      ...chunk,
      type: 'valueChunk',
      offset,
      size,
    });
    subject.handle({ type: 'wantValue', hash: value, bytes: 30_000 });
    peers[0].say(said(0), said(0), said(20_000), said(10_000));
    expect(subject.last('valueChunk').map(({ offset }) => offset)).toEqual([0, 10_000]);
    peers[1].say(said(20_000));
    expect(subject.last('valueChunk')).toEqual([]);
    peers[0].say(said(20_000, 30_001));
    expect(subject.last('valueChunk')).toEqual([]);
    expect(only(peers[1].heard(subject.effects), 'valueWant')).toEqual([
      { type: 'valueWant', hash: value, offset: 20_000, length: 10_000 },
    ]);
  });

  it('G10: more values than the table holds are refused', () => {
    const { subject } = room(0, { wantedValues: 1 });
    subject.handle({ type: 'wantValue', hash: '0'.repeat(64), bytes: 20 });
    expect(() => subject.handle({ type: 'wantValue', hash: '1'.repeat(64), bytes: 20 })).toThrow(
      expect.objectContaining({ code: 'too-many-values' }),
    );
    subject.handle({ type: 'dropValue', hash: '0'.repeat(64) });
    expect(subject.last('sync')).toEqual([
      { type: 'sync', inSyncWith: 0, neighbours: 0, pending: 0 },
    ]);
  });
});
