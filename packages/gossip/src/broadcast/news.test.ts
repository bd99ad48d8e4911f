import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Run } from '../event.ts';
import type { Message } from '../frames/message.ts';
import { FakeLog } from '../testing/log.ts';
import { Scripted, beacon, brief, id } from '../testing/scripted.ts';
import type { Said } from '../testing/scripted.ts';

const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());
const have = (session: string, seq: number): Message => {
  return { type: 'have', heads: [{ session: id(session), seq }] };
};

/** The node 5 on the shared tree of a, beside b and c, in a room with more members than those. */
function large(): Scripted {
  const room = new Scripted(hash, '5');
  for (const digit of ['a', 'b', 'c']) room.link(digit);
  room.from('a', beacon('0', 3, 1));
  room.meet('f', 'a');
  return room;
}

/** Deltas 1 to `count` of one session in one run. */
function runOf(session: string, count: number): Run {
  const deltas = Array.from({ length: count }, (_, i) => Uint8Array.of(i));
  return new FakeLog(hash).append(id(session), deltas);
}

/** What was asked for comes from `from` and is accepted. @returns what all are told then */
function repaired(room: Scripted, from: string, run: Run): Said {
  room.from(from, { type: 'run', repair: true, way: 'even', ...run });
  const [question] = room.subject.last('validate');
  const verdict = room.log.validateRun(run.session, run.bytes);
  return room.handle({ type: 'validated', id: question?.id ?? 0, ...verdict });
}

describe('what is accepted', () => {
  it('G2: by repair it is announced to those not known to hold it, not to who gave it', () => {
    const room = large();
    room.from('b', have('e', 3));
    expect(brief(repaired(room, 'a', runOf('e', 2)), 'have', 'run')).toBe('c:have-e2');
    const other = large();
    other.from('b', have('e', 1));
    expect(brief(repaired(other, 'a', runOf('e', 2)), 'have', 'run')).toBe('b:have-e2 c:have-e2');
  });

  it('G2: what was passed on is counted by deltas, by repair none is', () => {
    const room = large();
    expect(brief(room.rumour('b', runOf('e', 3)), 'run')).toBe('a:odd-e1..3');
    expect(room.subject.node.stats().deltasForwarded).toBe(3);
    repaired(room, 'c', runOf('d', 2));
    expect(room.subject.node.stats().deltasForwarded).toBe(3);
  });

  it('G3: of what the next holds a part only the rest is passed on, and counted', () => {
    const room = large();
    room.from('a', have('e', 1));
    expect(brief(room.rumour('b', runOf('e', 3)), 'run')).toBe('');
    expect(room.subject.last('readRuns')).toMatchObject([{ session: id('e'), from: 2, to: 3 }]);
    expect(room.subject.node.stats().deltasForwarded).toBe(2);
    const whole = large();
    whole.from('a', have('e', 3));
    expect(brief(whole.rumour('b', runOf('e', 3)), 'run')).toBe('');
    expect(whole.subject.last('readRuns')).toEqual([]);
    expect(whole.subject.node.stats().deltasForwarded).toBe(0);
  });

  it('B5: with all members for neighbours own deltas go to all, and else along the tree', () => {
    const mesh = new Scripted(hash, '5');
    for (const digit of ['a', 'b', 'c']) mesh.link(digit);
    expect(brief(mesh.write(), 'run')).toBe('a:direct-51..1 b:direct-51..1 c:direct-51..1');
    expect(brief(large().write(), 'run')).toBe('a:odd-51..1');
  });

  it('B6: what went straight to all members is not named to them again', () => {
    const mesh = new Scripted(hash, '5');
    for (const digit of ['a', 'b']) mesh.link(digit);
    mesh.write();
    expect(brief(mesh.pass(3000), 'have')).toBe('');
    const room = large();
    room.write();
    expect(brief(room.pass(3000), 'have')).toBe('b:have-51 c:have-51');
  });

  it('section 14: an ephemeral message beyond the limit is refused, and how much is allowed is said', () => {
    const room = large();
    const bytes = new Uint8Array(16_385);
    expect(() => room.handle({ type: 'ephemeral', channel: 'x', bytes })).toThrow(
      expect.objectContaining({
        code: 'ephemeral-too-large',
        message: 'ephemeral of 16385 bytes was to be sent; 16384 are allowed.',
        action: 'Send less at once; what is large belongs into the memory.',
      }),
    );
  });
});
