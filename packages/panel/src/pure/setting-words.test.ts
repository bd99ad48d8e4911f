import type { RoomSetting, Status } from '@grapevine/room';
import { expect, test } from 'vitest';
import {
  invalidText,
  paceWords,
  perSecond,
  rangeText,
  seconds,
  settingValue,
} from './setting-words.ts';

const interval: RoomSetting = {
  name: 'intervalMs',
  value: 5_000,
  default: 1_000,
  range: [200, 60_000],
};

test('a setting is told with its unit, its range and its default', () => {
  expect(settingValue('intervalMs', 5_000)).toBe('5,000 ms');
  expect(settingValue('fanout', 1)).toBe('1 member');
  expect(settingValue('frameBytes', 65_536)).toBe('65,536 bytes');
  expect(rangeText(interval)).toBe('200 to 60,000 ms, 1,000 by default');
  expect(invalidText(interval)).toMatch(/^Interval of rounds takes .* 200 to 60,000 ms\./);
});

test('a member says that it is idle only where it is in sync with others', () => {
  const status = (state: Status['state'], members: number): string =>
    paceWords({ state, members, inSyncWith: 1, pending: 0, problems: [] });
  expect(status('in-sync', 2)).toMatch(/^Idle/);
  expect(status('catching-up', 2)).toMatch(/^Busy/);
  expect(status('alone', 1)).toMatch(/^Nobody else/);
});

test('a member without a link says that its rounds reach nobody, not that it is busy', () => {
  for (const state of ['alone', 'connecting', 'offline', 'left'] as const) {
    for (const members of [1, 3]) {
      const words = paceWords({ state, members, inSyncWith: 0, pending: 2, problems: [] });
      expect(words, `${state} ${members}`).toMatch(/: rounds reach nobody\.$/);
    }
  }
  const connecting = { state: 'connecting', members: 3, inSyncWith: 0 } as const;
  expect(paceWords({ ...connecting, pending: 0, problems: [] })).not.toMatch(/Nobody else/);
});

test('times and rates have as many digits as are worth reading', () => {
  expect([50, 999, 1_000, 1_960, 9_960, 59_400].map(seconds)).toEqual([
    ...['0.05 s', '1.00 s', '1.0 s', '2.0 s', '10 s', '59 s'],
  ]);
  expect([0, 0.1, 0.5, 2.04, 12.4, 1_234.5].map(perSecond)).toEqual([
    ...['0', '0.10', '0.50', '2.0', '12', '1,235'],
  ]);
});
