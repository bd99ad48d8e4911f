import { GrapevineError, concat, limits } from '@grapevine/wire';
import { describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import type { Delta } from '../log/delta.ts';
import { clientIdOf } from './index.ts';
import { Replica, exchange, pair, sessionOf, settled, textOf } from './test-network.ts';

describe('Documents.open', () => {
  it('gives the same document on every call, filled from the log', () => {
    const [a, b] = pair();
    textOf(a).insert(0, 'hello');
    for (const delta of a.feed()) b.receive(delta);
    expect(textOf(b).toJSON()).toBe('hello');
    expect(b.documents.open('note')).toBe(b.documents.open('note'));
    expect(b.documents.open('other')).not.toBe(b.documents.open('note'));
  });

  it('a document nobody opened is not read', () => {
    const [a, b] = pair();
    textOf(a).insert(0, 'hello');
    const get = vi.fn();
    const [delta] = a.feed();
    b.documents.apply(Object.defineProperty({ ...(delta as Delta) }, 'body', { get }));
    expect(get).not.toHaveBeenCalled();
    expect(b.documents.pending()).toBe(0);
  });

  it('L3: a name has 1 to 128 bytes', () => {
    const [a] = pair();
    for (const name of ['', 'é'.repeat(65), '\ud800'])
      expect(() => a.documents.open(name)).toThrow(GrapevineError);
    expect(a.documents.open('é'.repeat(64))).toBeInstanceOf(Y.Doc);
  });
});

describe('authoring', () => {
  it('hands over local changes in order, one delta a transaction, and remote ones never', () => {
    const [a, b] = pair();
    const text = textOf(a);
    text.insert(0, 'a');
    text.insert(1, 'b');
    a.documents.open('note').transact(() => {
      text.insert(2, 'c');
      text.delete(0, 1);
    });
    expect(a.feed().length).toBe(3);
    textOf(b);
    exchange(a, b);
    expect(textOf(b).toJSON()).toBe('bc');
    expect(b.feed()).toEqual([]);
  });

  it('Y2: what is typed and deleted in one transaction still makes a valid delta', () => {
    const [a, b] = pair();
    const doc = a.documents.open('note');
    const nested = new Y.Text();
    doc.getMap('m').set('n', nested);
    doc.transact(() => {
      textOf(a).insert(0, 'x'.repeat(1000));
      textOf(a).delete(0, 999);
      nested.insert(0, 'y'.repeat(1000));
      doc.getMap('m').delete('n');
    });
    textOf(a).insert(1, '!');
    exchange(a, b);
    expect(textOf(b).toJSON()).toBe('x!');
    expect(a.documents.open('note').getMap('m').toJSON()).toEqual({});
  });

  it('changes that observers make, inside local and remote transactions, are authored once and in order', () => {
    const [a, b] = pair();
    const counted = (replica: Replica): Y.Map<number> => replica.documents.open('note').getMap('n');
    textOf(b).observe(() => counted(b).set('seen', textOf(b).length));
    textOf(a).insert(0, 'abc');
    exchange(a, b);
    textOf(b).insert(3, 'def');
    exchange(a, b);
    expect(textOf(a).toJSON()).toBe('abcdef');
    expect(counted(a).toJSON()).toEqual({ seen: 6 });
    expect(a.documents.pending()).toBe(0);
  });

  it('a delta that comes while the application is inside a transaction is applied after it', () => {
    const [a, b] = pair();
    textOf(a).insert(0, 'a');
    textOf(b);
    b.documents.open('note').transact(() => {
      for (const delta of a.feed()) b.receive(delta);
      expect(textOf(b).toJSON()).toBe('');
      textOf(b).insert(0, 'b');
    });
    exchange(a, b);
    expect(textOf(b).toJSON()).toBe(textOf(a).toJSON());
    expect(textOf(b).toJSON()).toHaveLength(2);
  });

  it('an error of `author` takes the change back and reaches whoever made it', () => {
    const [a, b] = pair();
    textOf(a).insert(0, 'kept');
    exchange(a, b);
    const refuse = new GrapevineError('read-only', 'no', 'ask');
    b.receive = () => {
      throw refuse;
    };
    const text = textOf(b);
    expect(() => text.insert(4, ' lost')).toThrow(refuse);
    expect(text.toJSON()).toBe('kept');
    Reflect.deleteProperty(b, 'receive');
    text.insert(4, '!');
    exchange(a, b);
    expect(textOf(a).toJSON()).toBe('kept!');
  });

  it('a value that no guard would admit is taken back and refused', () => {
    const [a, b] = pair();
    let deep: unknown[] = [];
    for (let depth = 0; depth < 200; depth++) deep = [deep];
    const map = a.documents.open('note').getMap('m');
    map.set('kept', 1);
    expect(() => map.set('deep', deep)).toThrow(/nested too deeply/);
    map.set('next', 2);
    exchange(a, b);
    expect(b.documents.open('note').getMap('m').toJSON()).toEqual({ kept: 1, next: 2 });
    expect(map.toJSON()).toEqual({ kept: 1, next: 2 });
  });
});

describe('clientID', () => {
  it('Y1: stays the session’s after every transaction, its own structs in an update included', () => {
    const [a] = pair();
    textOf(a).insert(0, 'mine');
    const doc = a.documents.open('note');
    const again = new Replica(a.session);
    for (const delta of a.feed()) again.receive(delta);
    const replayed = again.documents.open('note');
    expect(replayed.clientID).toBe(clientIdOf(a.session));
    replayed.getText('t').insert(4, '!');
    expect(again.feed()).toHaveLength(2);
    expect(replayed.clientID).toBe(clientIdOf(a.session));
    doc.clientID = 7;
    textOf(a).insert(0, 'still ');
    expect(doc.clientID).toBe(clientIdOf(a.session));
    exchange(a, new Replica(sessionOf(5)));
  });

  it('Y5: of two sessions with one clientID the lower is shown, whichever comes first', () => {
    const low = `${'7'.repeat(14)}${'0'.repeat(18)}`;
    const high = `${'7'.repeat(14)}${'f'.repeat(18)}`;
    expect(clientIdOf(low)).toBe(clientIdOf(high));
    const [a, b] = [new Replica(low), new Replica(high)];
    textOf(a).insert(0, 'low');
    textOf(b).insert(0, 'high');
    for (const order of [
      [a, b],
      [b, a],
    ]) {
      const reader = new Replica(sessionOf(3));
      textOf(reader);
      for (const writer of order) for (const delta of writer?.feed() ?? []) reader.receive(delta);
      expect(textOf(reader).toJSON()).toBe('low');
      expect(reader.problems).toEqual([]);
    }
    exchange(a, b);
    expect(textOf(b).toJSON()).toBe('low');
    expect(b.problems).toEqual(['note clientid-clash']);
    expect(a.problems).toEqual([]);
    const before = b.feed().length;
    textOf(b).insert(0, 'unshared ');
    expect(b.feed()).toHaveLength(before);
  });
});

describe('undo', () => {
  it('undoes local edits only, and the undoing is authored', () => {
    const [a, b] = pair();
    const undo = new Y.UndoManager(textOf(a), { captureTimeout: 0 });
    textOf(a).insert(0, 'mine ');
    exchange(a, b);
    textOf(b).insert(5, 'yours');
    exchange(a, b);
    textOf(a).delete(0, 2);
    undo.undo();
    expect(textOf(a).toJSON()).toBe('mine yours');
    undo.undo();
    expect(textOf(a).toJSON()).toBe('yours');
    undo.redo();
    exchange(a, b);
    expect(textOf(b).toJSON()).toBe('mine yours');
    expect(textOf(a).toJSON()).toBe('mine yours');
  });
});

describe('detached messages', () => {
  it('L4: a large change is handed over whole, and applied elsewhere when its value comes', async () => {
    const [a, b] = pair();
    const big = 'x'.repeat(100_000);
    textOf(a).insert(0, big);
    textOf(a).insert(0, 'after ');
    expect(a.feed()[0]?.values[0]?.size).toBeGreaterThan(limits.payloadBytes);
    textOf(b);
    exchange(a, b);
    await Promise.resolve();
    expect(textOf(b).toJSON()).toBe('');
    expect(b.documents.pending()).toBe(2);
    for (const [hash, message] of a.values) {
      b.values.set(hash, message);
      b.documents.valueArrived(hash);
    }
    await settled(() => expect(textOf(b).toJSON()).toBe(`after ${big}`));
    expect(b.documents.pending()).toBe(0);
  });

  it('Y4: a detached message that contradicts its clocks is inert, and so is all after it', async () => {
    const [a, b] = pair();
    a.detachAbove = 0;
    textOf(a).insert(0, 'one');
    textOf(a).insert(3, 'two');
    textOf(a).insert(6, 'three');
    const [first, second, third] = a.feed() as [Delta, Delta, Delta];
    textOf(b);
    for (const [hash, message] of a.values) b.values.set(hash, message);
    const hash = second.values[0]?.hash ?? '';
    b.values.set(hash, concat(b.values.get(hash) ?? new Uint8Array(), Uint8Array.of(0)));
    for (const delta of [first, second, third]) b.receive(delta);
    await settled(() => expect(b.documents.inert('note')).toEqual([a.session]));
    expect(textOf(b).toJSON()).toBe('one');
    expect(b.documents.pending()).toBe(0);
    textOf(b).insert(3, '!');
    expect(textOf(b).toJSON()).toBe('one!');
  });
});

describe('foreign content', () => {
  it('is written anew as changes of this session', () => {
    const foreign = new Y.Doc();
    foreign.getText('t').insert(0, 'bold', { bold: true });
    foreign.getMap('m').set('list', Y.Array.from([1, 'two', new Y.Map([['k', 'v']])]));
    foreign.getArray('l').push([1, { a: 1 }]);
    const paragraph = new Y.XmlElement('p');
    paragraph.insert(0, [new Y.XmlText('hi')]);
    foreign.getXmlFragment('x').insert(0, [paragraph]);
    const [a, b] = pair();
    textOf(a).insert(0, 'was ');
    a.documents.importUpdate('note', Y.encodeStateAsUpdate(foreign));
    exchange(a, b);
    const doc = b.documents.open('note');
    expect(doc.getText('t').toDelta()).toEqual([
      { insert: 'was ' },
      { insert: 'bold', attributes: { bold: true } },
    ]);
    expect(doc.getMap('m').toJSON()).toEqual({ list: [1, 'two', { k: 'v' }] });
    expect(doc.getArray('l').toJSON()).toEqual([1, { a: 1 }]);
    expect(doc.getXmlFragment('x').toJSON()).toBe('<p>hi</p>');
    expect([...doc.store.clients.keys()]).toEqual([clientIdOf(a.session)]);
  });

  it('is refused with a typed error where it cannot be read or is not whole', () => {
    const [a] = pair();
    const doc = new Y.Doc();
    doc.getText('t').insert(0, 'x');
    const before = Y.encodeStateVector(doc);
    doc.getText('t').insert(1, 'y');
    const code = (update: Uint8Array): unknown => {
      try {
        a.documents.importUpdate('note', update);
      } catch (error) {
        return error instanceof GrapevineError ? error.code : error;
      }
      return 'imported';
    };
    expect(code(Uint8Array.of(1, 2, 3))).toBe('document-import-unreadable');
    expect(code(new Uint8Array())).toBe('document-import-unreadable');
    expect(code(Y.encodeStateAsUpdate(doc, before))).toBe('document-import-incomplete');
    expect(a.feed()).toEqual([]);
  });

  it('applied to the document directly is taken back, and says so', () => {
    const [a, b] = pair();
    const foreign = new Y.Doc();
    foreign.getText('t').insert(0, 'foreign');
    textOf(a).insert(0, 'own');
    expect(() => Y.applyUpdate(a.documents.open('note'), Y.encodeStateAsUpdate(foreign))).toThrow(
      /did not write/,
    );
    textOf(a).insert(3, '!');
    exchange(a, b);
    expect(textOf(a).toJSON()).toBe('own!');
    expect(textOf(b).toJSON()).toBe('own!');
  });
});
