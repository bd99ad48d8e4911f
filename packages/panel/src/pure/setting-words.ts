import type { RoomSetting, SettingName, Status } from '@grapevine/room';
import { plural } from './status-words.ts';

interface SettingWords {
  label: string;
  unit: string;
  /** What it does, in a sentence. */
  about: string;
}

export const settingWords: Readonly<Record<SettingName, SettingWords>> = {
  intervalMs: {
    label: 'Interval of rounds',
    unit: 'ms',
    about:
      'How often a member tells others what it holds. Where all is in sync it does so half as often. Shorter finds what was lost sooner, and sends more.',
  },
  fanout: {
    label: 'Fanout',
    unit: 'members',
    about: 'How many others a member tells in a round.',
  },
  frameBytes: {
    label: 'Frame size',
    unit: 'bytes',
    about: 'The most a member sends at once.',
  },
};

const count = (value: number): string => value.toLocaleString('en');

/** `1,000 ms` */
export function settingValue(name: SettingName, value: number): string {
  const { unit } = settingWords[name];
  return unit === 'members' ? plural(value, 'member') : `${count(value)} ${unit}`;
}

/** `200 to 60,000 ms, 1,000 by default` */
export function rangeText({ name, range: [least, most], default: standard }: RoomSetting): string {
  return `${count(least)} to ${count(most)} ${settingWords[name].unit}, ${count(standard)} by default`;
}

/** What is wrong with a value that a room refuses. */
export function invalidText({ name, range: [least, most] }: RoomSetting): string {
  const { label, unit } = settingWords[name];
  return `${label} takes a whole number from ${count(least)} to ${count(most)} ${unit}. It stays as it was.`;
}

/** Why rounds come as often as they do. */
export function paceWords({ state, members }: Status): string {
  switch (state) {
    case 'in-sync':
      return 'Idle: all is in sync, so rounds come half as often as the interval says.';
    case 'catching-up':
      return 'Busy: something is still on its way, so rounds come as often as the interval says.';
    default:
      return members === 1
        ? 'Nobody else is here: rounds reach nobody.'
        : 'No link is open: rounds reach nobody.';
  }
}

/** Seconds, as exactly as they are worth reading: `0.25 s`, `1.5 s`, `12 s`. */
export function seconds(ms: number): string {
  const s = ms / 1_000;
  return `${s < 1 ? s.toFixed(2) : s < 9.95 ? s.toFixed(1) : Math.round(s)} s`;
}

/** A rate a second: `0.5`, `12`. */
export function perSecond(rate: number): string {
  if (rate === 0) return '0';
  return rate < 1 ? rate.toFixed(2) : rate < 9.95 ? rate.toFixed(1) : count(Math.round(rate));
}
