import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPresence } from './note-presence.ts';

test('others are listed with the note and line they are at, and we are not', () => {
  const states = new Map([
    [1, { note: { name: 'plan', by: 'Zoe', line: 3 } }],
    [2, { note: { name: 'plan', by: 'Ada', line: 1 } }],
    [3, { note: { name: 'plan', by: 'me', line: 1 } }],
    [4, { note: null }],
    [5, { cursor: 1 }],
  ]);
  expect(readPresence(states, 3)).toEqual([
    { clientId: 2, name: 'Ada', note: 'plan', line: 1 },
    { clientId: 1, name: 'Zoe', note: 'plan', line: 3 },
  ]);
});

test('whatever a member puts into its state, reading it gives bounded names or nothing', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), fc.anything(), (state, note) => {
      const states = new Map([[1, { ...state, note }]]);
      for (const one of readPresence(states, 2)) {
        expect(one.name.length).toBeLessThanOrEqual(64);
        expect(one.note.length).toBeLessThanOrEqual(128);
        expect(one.line).toBeGreaterThanOrEqual(1);
      }
    }),
  );
  const long = new Map([[1, { note: { name: 'n'.repeat(500), by: 'b'.repeat(500), line: -4 } }]]);
  expect(readPresence(long, 2)[0]).toMatchObject({ name: 'b'.repeat(64), line: 1 });
});
