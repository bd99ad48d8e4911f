import { createHash } from 'node:crypto';
import { sessionIdFrom } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import type { Message, MessageOf } from '../frames/message.ts';
import { Scripted, beacon, id } from '../testing/scripted.ts';
import type { Said } from '../testing/scripted.ts';
import { sign } from '../testing/signatures.ts';
import { signedBytes } from './ephemerals.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

const channelBytes = (said: Said) =>
  Object.entries(said).flatMap(([digit, messages]) =>
    (messages ?? []).flatMap((message) =>
      message.type === 'ephemeral' ? [`${digit}:${message.channel}${String(message.bytes)}`] : [],
    ),
  );

/** The node 5: a is its parent on the shared tree, b hangs on it, c is beside. */
function room(settings = {}): Scripted {
  const made = new Scripted(hash, '5', settings);
  for (const digit of ['a', 'b', 'c']) made.link(digit);
  made.from('a', beacon('0', 3, 1));
  made.from('b', { type: 'graft', roots: [] });
  return made;
}

function say(made: Scripted, channel: string, byte: number): Said {
  made.handle({ type: 'ephemeral', channel, bytes: Uint8Array.of(byte) });
  const [question] = made.subject.last('sign');
  return made.handle({ type: 'signed', id: question?.id ?? 0, signature: new Uint8Array(64) });
}

function message(from: string, number: number, byte = number): MessageOf<'ephemeral'> {
  const bytes = Uint8Array.of(byte);
  const signature = sign(hash, id(from), signedBytes(id(from), 'x', number, bytes));
  return { type: 'ephemeral', from: id(from), channel: 'x', number, signature, bytes };
}

/** @returns what was said and taken after all checks of it came out as `ok` */
function hear(made: Scripted, digit: string, said: Message, ok = true): string[] {
  made.from(digit, said);
  const all: string[] = [];
  for (const { id: question } of made.subject.last('verify')) {
    all.push(...channelBytes(made.handle({ type: 'verified', id: question, ok })));
    for (const { channel, bytes } of made.subject.last('ephemeral')) {
      all.push(`taken:${channel}${String(bytes)}`);
    }
  }
  return all;
}

describe('ephemeral messages', () => {
  it('B10: go along the shared tree once signed, and to no other', () => {
    const made = room();
    expect(
      channelBytes(made.handle({ type: 'ephemeral', channel: 'x', bytes: Uint8Array.of(1) })),
    ).toEqual([]);
    const [question] = made.subject.last('sign');
    expect(question?.bytes).toEqual(signedBytes(id('5'), 'x', 1, Uint8Array.of(1)));
    const signed = {
      type: 'signed',
      id: question?.id ?? 0,
      signature: new Uint8Array(64),
    } as const;
    expect(channelBytes(made.handle(signed))).toEqual(['a:x1', 'b:x1']);
  });

  it('B10: a new neighbour is sent our own latest of each channel', () => {
    const made = room();
    say(made, 'x', 1);
    say(made, 'y', 2);
    say(made, 'x', 3);
    expect(channelBytes({ d: made.link('d') })).toEqual(['d:y2', 'd:x3']);
  });

  it('B10: of own channels the one said longest ago is forgotten beyond the limit', () => {
    const made = room({ ephemeralChannels: 2 });
    for (const [channel, byte] of [
      ['x', 1],
      ['y', 2],
      ['x', 3],
      ['z', 4],
    ] as const) {
      say(made, channel, byte);
    }
    expect(channelBytes({ d: made.link('d') })).toEqual(['d:x3', 'd:z4']);
  });

  it('B10: one signed late does not replace a later one', () => {
    const made = room();
    made.handle({ type: 'ephemeral', channel: 'x', bytes: Uint8Array.of(1) });
    const [first] = made.subject.last('sign');
    say(made, 'x', 2);
    const signature = new Uint8Array(64);
    expect(channelBytes(made.handle({ type: 'signed', id: first?.id ?? 0, signature }))).toEqual(
      [],
    );
  });

  it('B10: more than 16,384 bytes are refused', () => {
    const bytes = new Uint8Array(16_385);
    expect(() => room().handle({ type: 'ephemeral', channel: 'x', bytes })).toThrow('16385');
    room().handle({ type: 'ephemeral', channel: 'x', bytes: bytes.subarray(1) });
  });

  it('B10: is checked over what its member signed, taken, and passed on along the shared tree', () => {
    const made = room();
    const said = message('c', 7);
    made.from('c', said);
    expect(made.subject.last('ephemeral')).toEqual([]);
    expect(made.subject.last('verify')[0]).toMatchObject({
      member: id('c'),
      bytes: signedBytes(id('c'), 'x', 7, Uint8Array.of(7)),
      signature: said.signature,
    });
    expect(hear(room(), 'a', said)).toEqual(['b:x7', 'taken:x7']);
  });

  it('B10: is taken only with a higher number than the last', () => {
    const made = room();
    expect(hear(made, 'a', message('c', 7))).toHaveLength(2);
    expect(hear(made, 'b', message('c', 7))).toEqual([]);
    expect(hear(made, 'a', message('c', 6))).toEqual([]);
    expect(hear(made, 'a', message('c', 8))).toEqual(['b:x8', 'taken:x8']);
  });

  it('B10: overtaken while it was checked is dropped', () => {
    const made = room();
    made.from('a', message('c', 7), message('c', 8));
    const [older, newer] = made.subject.last('verify');
    made.handle({ type: 'verified', id: newer?.id ?? 0, ok: true });
    expect(made.subject.last('ephemeral')).toHaveLength(1);
    made.handle({ type: 'verified', id: older?.id ?? 0, ok: true });
    expect(made.subject.last('ephemeral')).toEqual([]);
  });

  it('B10: forged it is not taken, closes its link, and does not shut out the true one', () => {
    const made = room();
    made.from('c', ...[96, 97, 98, 99].map((number) => message('c', number)));
    const forged = made.subject.last('verify');
    expect(forged).toHaveLength(4);
    expect(hear(made, 'a', message('c', 7))).toEqual(['b:x7', 'taken:x7']);
    const closed = forged.flatMap(({ id: question }) => {
      expect(channelBytes(made.handle({ type: 'verified', id: question, ok: false }))).toEqual([]);
      expect(made.subject.last('ephemeral')).toEqual([]);
      return made.subject.last('close');
    });
    expect(closed).toMatchObject([{ reason: 'protocol' }]);
  });

  it('B10: one that could not be checked is not held against its neighbour', () => {
    const made = room();
    made.from('c', message('c', 9));
    const [question] = made.subject.last('verify');
    made.handle({ type: 'verified', id: question?.id ?? 0, ok: undefined });
    expect(made.subject.last('close')).toEqual([]);
    expect(made.subject.last('ephemeral')).toEqual([]);
  });

  it('B10: of somebody who is not here, or of ourselves, it is not even checked', () => {
    const made = room();
    made.from('a', message('e', 1), message('5', 1));
    expect(made.subject.last('verify')).toEqual([]);
  });

  it('B10: at most four of one channel and neighbour are checked at a time', () => {
    const made = room();
    made.from('a', ...[1, 2, 3, 4, 5].map((number) => message('c', number)));
    const questions = made.subject.last('verify');
    expect(questions).toHaveLength(4);
    made.handle({ type: 'verified', id: questions[0]?.id ?? 0, ok: undefined });
    made.from('a', message('c', 6));
    expect(made.subject.last('verify')).toHaveLength(1);
  });

  it('B10: what finds no place among the checks is not counted as one under way', () => {
    const made = room();
    // As many cards of strangers as may be checked at a time.
    const proof = new Uint8Array(48);
    for (let n = 0; n < 4096; n++) {
      const session = sessionIdFrom(
        Uint8Array.from({ length: 16 }, (_, i) => (i < 2 ? n >> (8 * i) : 9)),
      );
      const card = { session, proof, incarnation: 1, state: 'alive', health: 0 } as const;
      const rest = { info: new Uint8Array(0), metrics: [], signature: new Uint8Array(64) };
      made.from('c', { type: 'alive', ...card, ...rest });
    }
    const [first] = made.subject.last('verify');
    for (let n = 1; n <= 8; n++) expect(hear(made, 'a', message('a', n))).toEqual([]);
    made.handle({ type: 'verified', id: first?.id ?? 0, ok: true });
    expect(hear(made, 'a', message('a', 9))).toContain('taken:x9');
  });
});
