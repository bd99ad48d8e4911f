import { checkRoomSettings, defaultSettings, settingRanges } from '@grapevine/gossip';
import type { RoomSettings } from '@grapevine/gossip';
import { entryId, type Entry, type Memory } from '@grapevine/memory';
import type { Clock } from '@grapevine/ports';
import { GrapevineError, type AuthorId } from '@grapevine/wire';
import type { Problems } from './problems.ts';
import type { RoomSetting, SettingName } from './types.ts';

/** PROTOCOL.md C1. */
const namespace = '.room/settings';
const names = Object.keys(settingRanges) as SettingName[];
const ids: ReadonlySet<string> = new Set(names.map((name) => entryId(namespace, name)));

/** What a timer of a browser takes is below 25 days: an entry that expires later is looked at every day. */
const longestWaitMs = 24 * 60 * 60 * 1_000;

/** All that is kept of an entry, however large it is. */
interface Held {
  /** Undefined where it is none that the setting takes. */
  value: number | undefined;
  author: AuthorId;
  /** Unix milliseconds, by the author's clock. */
  setAt: number;
  /** Unix milliseconds; Infinity where it never does. */
  expiresAt: number;
}

interface SettingsOptions {
  memory: Pick<Memory, 'glance' | 'put' | 'delete' | 'onChange' | 'actor'>;
  problems: Problems;
  clock: Clock;
  /** What this member goes by where the room says nothing. */
  own: RoomSettings;
  /** All settings as they are now. */
  apply(this: void, settings: RoomSettings): void;
}

/**
 * Throws GrapevineError `setting-invalid` for a name there is not, or a value out of its range (C2).
 */
export function checkSettings(settings: { [name: string]: unknown }): RoomSettings {
  for (const name of Object.keys(settings)) {
    if (names.some((known) => known === name)) continue;
    throw new GrapevineError(
      'setting-invalid',
      `A room has no setting ${JSON.stringify(name)}.`,
      `Choose one of ${names.join(', ')}.`,
    );
  }
  checkRoomSettings(settings);
  return settings;
}

/** The room's settings: entries of the memory, so that causality beats clocks, they are signed, and have a history (C1). */
export class Settings {
  readonly #options: SettingsOptions;
  readonly #held = new Map<SettingName, Held>();
  readonly #stopWatching: () => void;
  #cancelExpiry: (() => void) | undefined;

  constructor(options: SettingsOptions) {
    this.#options = options;
    this.#stopWatching = options.memory.onChange((changed) => {
      for (const id of changed) if (ids.has(id)) return this.read();
    });
  }

  /** Applies what the memory holds by now. Nothing is read from storage for it. */
  read(): void {
    for (const name of names) {
      const entry = this.#options.memory.glance(namespace, name);
      if (entry) this.#held.set(name, heldOf(name, entry));
      else this.#held.delete(name);
    }
    this.#apply();
    this.#awaitExpiry();
  }

  list(): RoomSetting[] {
    const { memory, own } = this.#options;
    return names.map((name) => {
      const range = settingRanges[name];
      const standard = own[name] ?? defaultSettings[name];
      const held = this.#held.get(name);
      if (held?.value === undefined) return { name, value: standard, default: standard, range };
      const { value, author, setAt } = held;
      const setBy = { author, name: memory.actor(author).name };
      return { name, value, default: standard, range, setBy, setAt };
    });
  }

  async set(name: SettingName, value: number | undefined): Promise<void> {
    const { memory } = this.#options;
    checkSettings({ [name]: value ?? defaultSettings[name] });
    if (value === undefined) await memory.delete(namespace, name);
    else await memory.put(namespace, name, value);
  }

  stop(): void {
    this.#stopWatching();
    this.#cancelExpiry?.();
  }

  /** No change tells of it: time alone ends what an entry says. */
  #awaitExpiry(): void {
    const { clock } = this.#options;
    this.#cancelExpiry?.();
    const at = Math.min(...[...this.#held.values()].map(({ expiresAt }) => expiresAt));
    if (at === Infinity) return;
    const waitMs = Math.min(longestWaitMs, Math.max(1, at - clock.now()));
    this.#cancelExpiry = clock.after(waitMs, () => this.read());
  }

  /** What is invalid is passed over (C2). */
  #apply(): void {
    const { memory, problems, own, apply } = this.#options;
    const settings = { ...own };
    for (const name of names) {
      const held = this.#held.get(name);
      if (held?.value !== undefined) settings[name] = held.value;
      if (held && held.value === undefined) {
        const [least, most] = settingRanges[name];
        problems.raise(
          {
            code: 'setting-invalid',
            message: `${memory.actor(held.author).name} set ${name} to something that is no whole number from ${least} to ${most}; the default holds.`,
            action: 'Set it anew.',
          },
          name,
        );
      } else problems.clear('setting-invalid', name);
    }
    apply(settings);
  }
}

/** What is not inline is not available, and so none, whether it has come yet or not: all members judge alike. */
function heldOf(name: SettingName, entry: Entry): Held {
  const { value, updated_by, updated_at, expires_at } = entry;
  const [least, most] = settingRanges[name];
  const isValid = typeof value === 'number' && Number.isInteger(value);
  return {
    value: isValid && value >= least && value <= most ? value : undefined,
    author: updated_by.id,
    setAt: Date.parse(updated_at),
    expiresAt: expires_at === undefined ? Infinity : Date.parse(expires_at),
  };
}
