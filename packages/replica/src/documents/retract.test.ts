import { describe, expect, it, vi } from 'vitest';
import type { Delta } from '../log/delta.ts';
import { Replica, exchange, pair, sessionOf, settled, textOf } from './test-network.ts';

function replicas(count: number): Replica[] {
  return Array.from({ length: count }, (_, number) => new Replica(sessionOf(number)));
}

describe('retract', () => {
  it('L10: takes back what an ended feed wrote; the document, its types and their observers stay', () => {
    const [a, b] = pair();
    textOf(a).insert(0, 'kept');
    textOf(b);
    exchange(a, b);
    textOf(a).insert(4, ' lost');
    exchange(a, b);
    const doc = b.documents.open('note');
    const text = textOf(b);
    let seen = text.toJSON();
    text.observe((event) => {
      let at = 0;
      for (const part of event.delta) {
        if (part.retain !== undefined) at += part.retain;
        else if (typeof part.insert === 'string')
          seen =
            seen.slice(0, at) +
            part.insert +
            seen.slice((at += part.insert.length) - part.insert.length);
        else seen = seen.slice(0, at) + seen.slice(at + (part.delete ?? 0));
      }
    });
    b.drop(a.session, 2);
    expect(text.toJSON()).toBe('kept');
    expect(seen).toBe('kept');
    expect(b.documents.open('note')).toBe(doc);
    expect(textOf(b)).toBe(text);
    expect(b.feed()).toEqual([]);
    text.insert(4, '!');
    expect(seen).toBe('kept!');
    expect(b.feed()).toHaveLength(1);
  });

  it('L10: a session that wrote upon a lost branch writes on, and all replicas show the same', () => {
    const [a, b, c, late] = replicas(4) as [Replica, Replica, Replica, Replica];
    for (const replica of [b, c]) textOf(replica);
    textOf(a).insert(0, 'kept ');
    textOf(a).insert(5, 'lost');
    exchange(a, b);
    textOf(b).insert(9, '+upon');
    textOf(b).insert(0, 'b:');
    const upon = b.feed();
    b.drop(a.session, 2);
    expect(textOf(b).toJSON()).toBe('b:kept ');
    textOf(b).insert(7, 'and on');
    exchange(b, c);
    expect(c.documents.pending()).toBeGreaterThan(0);
    c.receive(a.feed()[0] as Delta);
    c.drop(a.session, 2);
    expect(upon).toHaveLength(2);
    expect(textOf(c).toJSON()).toBe('b:kept and on');
    expect(textOf(b).toJSON()).toBe('b:kept and on');
    expect(c.documents.pending()).toBe(0);
    late.log.push(...c.log);
    late.documents.retract(a.session, 2);
    expect(textOf(late).toJSON()).toBe('b:kept and on');
    expect(textOf(late).doc?.store.pendingStructs).toBeNull();
  });

  it('L10: an end that is known before the prefix is here changes nothing about the outcome', () => {
    const [a, b, c] = replicas(3) as [Replica, Replica, Replica];
    textOf(c);
    textOf(a).insert(0, 'a');
    textOf(a).insert(1, 'b');
    textOf(a).insert(2, 'c');
    exchange(a, b);
    textOf(b).insert(3, 'upon');
    c.documents.retract(a.session, 3);
    for (const delta of [...b.feed(), ...a.feed().slice(0, 2)]) c.receive(delta);
    b.drop(a.session, 3);
    expect(textOf(c).toJSON()).toBe('ab');
    expect(textOf(b).toJSON()).toBe('ab');
    textOf(b).insert(2, '!');
    for (const delta of b.feed()) c.receive(delta);
    expect(textOf(c).toJSON()).toBe('ab!');
  });

  it('L10: what is typed while the replay waits for a detached message is neither lost nor doubled', async () => {
    const [a, b, c] = replicas(3) as [Replica, Replica, Replica];
    c.detachAbove = 0;
    textOf(b);
    textOf(c).insert(0, 'big ');
    for (const [hash, message] of c.values) b.values.set(hash, message);
    exchange(c, b);
    await settled(() => expect(textOf(b).toJSON()).toBe('big '));
    textOf(a).insert(0, 'lost');
    exchange(a, b);
    textOf(b).insert(textOf(b).length, 'mine');
    b.readable = false;
    b.drop(a.session, 1);
    textOf(b).insert(textOf(b).length, '+more');
    b.readable = true;
    for (const hash of c.values.keys()) b.documents.valueArrived(hash);
    await settled(() => expect(b.documents.pending()).toBe(0));
    await settled(() => expect(textOf(b).toJSON()).not.toContain('lost'));
    expect(textOf(b).toJSON()).toContain('big ');
    textOf(b).insert(0, '>');
    const reader = new Replica(sessionOf(7));
    reader.log.push(...b.log);
    for (const [hash, message] of c.values) reader.values.set(hash, message);
    reader.documents.retract(a.session, 1);
    textOf(reader);
    await settled(() => expect(reader.documents.pending()).toBe(0));
    expect(textOf(reader).toJSON()).toBe(textOf(b).toJSON());
  });

  it('retract of a session that wrote nothing here changes nothing', () => {
    const [a] = pair();
    textOf(a).insert(0, 'x');
    const changes = vi.fn();
    textOf(a).observe(changes);
    a.documents.retract(sessionOf(8), 1);
    expect(changes).not.toHaveBeenCalled();
  });
});
