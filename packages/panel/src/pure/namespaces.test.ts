import { expect, test } from 'vitest';
import { cleanNamespace, parentOf, treeRows } from './namespaces.ts';

const summaries = [
  { namespace: 'notes/garden', entries: 2 },
  { namespace: 'notes/kitchen/spices', entries: 3 },
  { namespace: 'agents', entries: 4 },
];

test('what is not expanded is one row, and counts everything below it', () => {
  const rows = treeRows(summaries, new Set());
  expect(rows.map(({ namespace, entries }) => [namespace, entries])).toEqual([
    ['agents', 4],
    ['notes', 5],
  ]);
  expect(rows[1]).toMatchObject({ level: 1, expandable: true, expanded: false, position: 2 });
  expect(rows[0]).toMatchObject({ expandable: false, siblings: 2 });
});

test('what is expanded shows its children, and theirs only if they are expanded too', () => {
  const rows = treeRows(summaries, new Set(['notes', 'agents']));
  expect(rows.map(({ namespace, level }) => [namespace, level])).toEqual([
    ['agents', 1],
    ['notes', 1],
    ['notes/garden', 2],
    ['notes/kitchen', 2],
  ]);
  expect(rows[0]?.expanded).toBe(false);
});

test('a count that was given holds over one that was added up', () => {
  const rows = treeRows([...summaries, { namespace: 'notes', entries: 9 }], new Set());
  expect(rows[1]?.entries).toBe(9);
});

test('the top has no parent', () => {
  expect(parentOf('a/b/c')).toBe('a/b');
  expect(parentOf('a')).toBeUndefined();
});

test('a namespace is cleaned of what nobody means', () => {
  expect(cleanNamespace(' /notes // garden/ ')).toBe('notes/garden');
  expect(cleanNamespace(' / ')).toBe('');
});
