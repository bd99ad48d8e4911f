import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Replica, sessionOf } from './test-network.ts';

type Step =
  | { do: 'edit'; who: number; edit: Edit }
  /** Deliver the next delta of `of`'s feed to `who`, or one it has already. */
  | { do: 'deliver'; who: number; of: number; again: boolean };

type Edit =
  | { type: 'insert'; at: number; text: string }
  | { type: 'delete'; at: number; length: number }
  | { type: 'format'; at: number; length: number; bold: boolean }
  | { type: 'set'; key: string; value: number }
  | { type: 'nest'; key: string }
  | { type: 'push'; key: string; value: number }
  | { type: 'undo' | 'redo' }
  | NestedEdit;

type NestedEdit =
  | { type: 'move'; at: number; to: number }
  | { type: 'list'; at: number; length: number; as: 'value' | 'map' | 'text' }
  | { type: 'within'; at: number; key: string; text: string }
  | { type: 'xml'; at: number; key: string };

/** Editors move by characters; Yjs itself damages a surrogate pair it is told to split, on that replica alone. */
const unit = fc.constantFrom('a', 'b', ' ', 'é', '語');
const edits: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('insert' as const),
      at: fc.nat(30),
      text: fc.string({ minLength: 1, maxLength: 4, unit }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('delete' as const),
      at: fc.nat(30),
      length: fc.nat(6),
    }),
  },
  fc.record({
    type: fc.constant('format' as const),
    at: fc.nat(30),
    length: fc.nat(6),
    bold: fc.boolean(),
  }),
  fc.record({ type: fc.constant('set' as const), key: fc.constantFrom('a', 'b'), value: fc.nat() }),
  fc.record({ type: fc.constant('nest' as const), key: fc.constantFrom('a', 'b') }),
  fc.record({
    type: fc.constant('push' as const),
    key: fc.constantFrom('a', 'b'),
    value: fc.nat(),
  }),
  fc.record({ type: fc.constant('move' as const), at: fc.nat(8), to: fc.nat(8) }),
  fc.record({
    type: fc.constant('list' as const),
    at: fc.nat(8),
    length: fc.nat(2),
    as: fc.constantFrom('value' as const, 'map' as const, 'text' as const),
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('within' as const),
      at: fc.nat(8),
      key: fc.constantFrom('a', 'b'),
      text: fc.string({ minLength: 1, maxLength: 3, unit }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('xml' as const),
      at: fc.nat(8),
      key: fc.constantFrom('a', 'b'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('undo' as const, 'redo' as const) }) },
);

const replicaCount = 4;
const who = fc.nat(replicaCount - 1);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('edit' as const), who, edit: edits }),
    fc.record({ do: fc.constant('deliver' as const), who, of: who, again: fc.boolean() }),
  ),
  { minLength: 10, maxLength: 80 },
);

const content = {
  value: (of: number): unknown => ({ of }),
  map: (of: number): unknown => new Y.Map([['of', of]]),
  text: (of: number): unknown => new Y.Text(`${of}`),
};

class Writer {
  readonly replica: Replica;
  readonly doc: Y.Doc;
  readonly text: Y.Text;
  readonly map: Y.Map<unknown>;
  readonly list: Y.Array<unknown>;
  readonly xml: Y.XmlFragment;
  readonly undo: Y.UndoManager;

  constructor(number: number) {
    this.replica = new Replica(sessionOf(number));
    this.doc = this.replica.documents.open('note');
    this.text = this.doc.getText('text');
    this.map = this.doc.getMap('map');
    this.list = this.doc.getArray('list');
    this.xml = this.doc.getXmlFragment('xml');
    const scope = [this.text, this.map, this.list, this.xml];
    this.undo = new Y.UndoManager(scope, { captureTimeout: 0 });
  }

  edit(edit: Edit): void {
    const length = this.text.length;
    const nested = 'key' in edit ? this.map.get(edit.key) : undefined;
    switch (edit.type) {
      case 'insert':
        this.text.insert(Math.min(edit.at, length), edit.text);
        break;
      case 'delete':
        if (edit.at < length) this.text.delete(edit.at, Math.min(edit.length, length - edit.at));
        break;
      case 'format':
        if (edit.at < length)
          this.text.format(edit.at, Math.min(edit.length, length - edit.at), {
            bold: edit.bold ? true : null,
          });
        break;
      case 'set':
        this.map.set(edit.key, edit.value);
        break;
      case 'nest':
        this.map.set(edit.key, new Y.Array<number>());
        break;
      case 'push':
        if (nested instanceof Y.Array) nested.push([edit.value]);
        break;
      case 'undo':
      case 'redo':
        this.undo[edit.type]();
        break;
      default:
        this.#editNested(edit);
    }
  }

  #editNested(edit: NestedEdit): void {
    const { list, xml } = this;
    switch (edit.type) {
      case 'list':
        list.delete(0, Math.min(edit.length, list.length));
        list.insert(Math.min(edit.at, list.length), [content[edit.as](edit.at)]);
        break;
      case 'move':
        if (edit.at < list.length)
          this.doc.transact(() => {
            const value: unknown = list.get(edit.at);
            list.delete(edit.at, 1);
            list.insert(Math.min(edit.to, list.length), [
              value instanceof Y.AbstractType ? value.clone() : value,
            ]);
          });
        break;
      case 'within': {
        const inner = list.length > 0 ? list.get(edit.at % list.length) : undefined;
        if (inner instanceof Y.Text) inner.insert(Math.min(edit.at, inner.length), edit.text);
        if (inner instanceof Y.Map) inner.set(edit.key, edit.text);
        break;
      }
      case 'xml': {
        const child = xml.length > 0 ? xml.get(edit.at % xml.length) : undefined;
        if (child instanceof Y.XmlElement && edit.at % 2 === 0) child.setAttribute('k', edit.key);
        else if (child instanceof Y.XmlElement) child.insert(0, [new Y.XmlText(edit.key)]);
        else xml.insert(0, [new Y.XmlElement(edit.key)]);
        if (edit.at > 5) xml.delete(0, 1);
        break;
      }
    }
  }

  shown(): unknown {
    return shownIn(this.doc);
  }

  checkNothingPends(): void {
    expect(this.doc.store.pendingStructs).toBeNull();
    expect(this.doc.store.pendingDs).toBeNull();
  }
}

function shownIn(doc: Y.Doc): unknown {
  return {
    text: doc.getText('text').toDelta(),
    map: doc.getMap('map').toJSON(),
    list: doc.getArray('list').toJSON(),
    xml: doc.getXmlFragment('xml').toJSON(),
  };
}

function run(writers: Writer[], plan: Step[]): void {
  for (const step of plan) {
    const writer = writers[step.who];
    if (writer === undefined) continue;
    if (step.do === 'edit') writer.edit(step.edit);
    else {
      const source = writers[step.of];
      const held = source === undefined ? 0 : writer.replica.feed(source.replica.session).length;
      const delta = source?.replica.feed()[step.again ? held - 1 : held];
      if (delta !== undefined) writer.replica.receive(delta);
    }
    writer.checkNothingPends();
  }
}

/** Everything to everybody: feeds in their order, one feed after the other, beginning at a different one for each. */
function deliverAll(writers: Writer[]): void {
  const feeds = writers.map((writer) => writer.replica.feed());
  for (const [index, writer] of writers.entries())
    for (let turn = 0; turn < feeds.length; turn++)
      for (const delta of feeds[(index + turn) % feeds.length] ?? []) {
        writer.replica.receive(delta);
        writer.checkNothingPends();
      }
}

describe('concurrent typing', () => {
  it('Y3: replicas converge under shuffled, repeated and delayed delivery, and nothing is left waiting', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const writers = Array.from({ length: replicaCount }, (_, number) => new Writer(number));
        run(writers, plan);
        deliverAll(writers);
        for (const writer of writers) {
          expect(writer.shown()).toEqual(writers[0]?.shown());
          expect(writer.replica.documents.pending()).toBe(0);
          expect(writer.replica.documents.inert('note')).toEqual([]);
        }
        const replayed = new Replica(sessionOf(9));
        replayed.log.push(...writers.flatMap((writer) => writer.replica.feed()).reverse());
        const doc = replayed.documents.open('note');
        expect(shownIn(doc)).toEqual(writers[0]?.shown());
        expect(doc.store.pendingStructs).toBeNull();
        expect(doc.store.pendingDs).toBeNull();
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('what Yjs would clean up after remote formatting is left alone: nothing is authored, nothing differs', () => {
    const [a, b] = [new Writer(0), new Writer(1)];
    a.text.insert(0, 'one two');
    deliverAll([a, b]);
    a.text.format(0, 3, { bold: true });
    b.text.format(0, 3, { bold: true });
    const authored = [a.replica.feed().length, b.replica.feed().length];
    deliverAll([a, b]);
    expect([a.replica.feed().length, b.replica.feed().length]).toEqual(authored);
    a.text.format(0, 3, { bold: null });
    deliverAll([a, b]);
    expect(a.shown()).toEqual(b.shown());
  });
});
