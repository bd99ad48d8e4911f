import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { TextBinding } from './text-binding.ts';
import type { TextField } from './text-binding.ts';

/** A textarea as far as the binding sees it. */
class Field extends EventTarget implements TextField {
  value = '';
  selectionStart = 0;
  selectionEnd = 0;

  setSelectionRange(start: number | null, end: number | null): void {
    this.selectionStart = start ?? 0;
    this.selectionEnd = end ?? 0;
  }

  /** Replaces what is selected, as typing does. */
  type(text: string, event = 'input'): void {
    const { value, selectionStart, selectionEnd } = this;
    this.value = value.slice(0, selectionStart) + text + value.slice(selectionEnd);
    this.setSelectionRange(selectionStart + text.length, selectionStart + text.length);
    this.dispatchEvent(new Event(event));
  }
}

interface Person {
  field: Field;
  text: Y.Text;
  doc: Y.Doc;
}

function person(): Person {
  const doc = new Y.Doc();
  const text = doc.getText('content');
  const field = new Field();
  return { field, text, doc };
}

function bind({ field, text }: Person): TextBinding {
  return new TextBinding(field, text);
}

function exchange(a: Person, b: Person): void {
  const fromA = Y.encodeStateAsUpdate(a.doc, Y.encodeStateVector(b.doc));
  const fromB = Y.encodeStateAsUpdate(b.doc, Y.encodeStateVector(a.doc));
  Y.applyUpdate(b.doc, fromA, 'remote');
  Y.applyUpdate(a.doc, fromB, 'remote');
}

test('typing writes the smallest change into the text', () => {
  const ada = person();
  ada.text.insert(0, 'hello world');
  bind(ada);
  const deltas: unknown[] = [];
  ada.text.observe((event) => deltas.push(event.delta));
  ada.field.setSelectionRange(5, 5);
  ada.field.type(',');
  expect(ada.text.toJSON()).toBe('hello, world');
  expect(deltas).toEqual([[{ retain: 5 }, { insert: ',' }]]);
});

test('what others type before the caret moves it along, what they type behind leaves it', () => {
  const ada = person();
  ada.text.insert(0, 'hello world');
  bind(ada);
  ada.field.setSelectionRange(5, 5);
  ada.doc.transact(() => {
    ada.text.insert(0, '>> ');
    ada.text.insert(ada.text.length, '!');
  }, 'remote');
  expect(ada.field.value).toBe('>> hello world!');
  expect(ada.field.selectionStart).toBe(8);
});

test('two people typing in one text at once lose nothing', () => {
  const step = fc.record({
    who: fc.boolean(),
    at: fc.nat(60),
    select: fc.nat(5),
    text: fc.constantFrom('a', 'bc', '😀', '\n', ''),
    meet: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const [ada, bob] = [person(), person()];
      bind(ada);
      bind(bob);
      for (const { who, at, select, text, meet } of steps) {
        const { field } = who ? ada : bob;
        const start = Math.min(at, field.value.length);
        field.setSelectionRange(start, Math.min(start + select, field.value.length));
        field.type(text);
        expect(field.value).toBe((who ? ada : bob).text.toJSON());
        if (meet) exchange(ada, bob);
      }
      exchange(ada, bob);
      expect(ada.field.value).toBe(bob.field.value);
      expect(ada.field.value).toBe(ada.text.toJSON());
    }),
  );
});

test('while an input method composes, what others type waits and is merged at the end', () => {
  const ada = person();
  ada.text.insert(0, 'one two');
  bind(ada);
  ada.field.setSelectionRange(3, 3);
  ada.field.dispatchEvent(new Event('compositionstart'));
  ada.field.type('に');
  ada.doc.transact(() => ada.text.insert(0, 'zero '), 'remote');
  expect(ada.field.value).toBe('oneに two');
  expect(ada.text.toJSON()).toBe('zero one two');
  ada.field.type('ほん', 'compositionend');
  expect(ada.text.toJSON()).toBe('zero oneにほん two');
  expect(ada.field.value).toBe('zero oneにほん two');
  expect(ada.field.selectionEnd).toBe('zero oneにほん'.length);
});

test('a selection replaced while composing does not take along what others put in front of it', () => {
  const ada = person();
  ada.text.insert(0, 'one two');
  bind(ada);
  ada.field.setSelectionRange(4, 7);
  ada.field.dispatchEvent(new Event('compositionstart'));
  ada.doc.transact(() => ada.text.insert(4, 'NEW '), 'remote');
  ada.field.type('zwei', 'compositionend');
  expect(ada.field.value).toBe('one NEW zwei');
});

test('after it is destroyed neither side touches the other', () => {
  const ada = person();
  const binding = bind(ada);
  ada.field.type('a');
  binding.destroy();
  ada.field.type('b');
  ada.doc.transact(() => ada.text.insert(0, 'c'), 'remote');
  expect(ada.text.toJSON()).toBe('ca');
  expect(ada.field.value).toBe('ab');
});
