import type { Entry } from '@grapevine/room';
import { expect, test } from 'vitest';
import { sameEntry } from './same-entry.ts';

const author = { id: 'a', name: 'Ada', kind: 'person' } as const;
const entry: Entry = {
  id: 'e',
  namespace: 'notes',
  key: 'tea',
  value: 'Assam',
  available: true,
  mime_type: 'text/plain',
  kind: '',
  tags: [],
  metadata: {},
  pinned: false,
  refs: [],
  created_at: '2026-01-01T00:00:00.000Z',
  created_by: author,
  updated_at: '2026-01-01T00:00:00.000Z',
  updated_by: author,
  version: 's.1.0',
  heads: ['s.1.0'],
  conflict: false,
  size: 5,
};

test('two readings of one entry are the same until something of it that is shown changes', () => {
  expect(sameEntry(entry, { ...entry, heads: [...entry.heads], tags: [] })).toBe(true);
  expect(sameEntry(undefined, undefined)).toBe(true);
  const others: (Entry | undefined)[] = [
    undefined,
    { ...entry, id: 'f' },
    { ...entry, version: 's.2.0' },
    { ...entry, heads: ['s.1.0', 't.1.0'] },
    { ...entry, available: false },
    { ...entry, updated_by: { ...author, name: 'Ada L.' } },
    { ...entry, created_by: { ...author, name: 'Ada L.' } },
  ];
  for (const other of others) expect(sameEntry(entry, other), JSON.stringify(other)).toBe(false);
});
