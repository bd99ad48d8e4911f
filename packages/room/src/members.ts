import type { MemberState } from '@grapevine/gossip';
import type { ActorKind } from '@grapevine/memory';
import type { Link, LinkQuality } from '@grapevine/ports';
import {
  fromUtf8,
  GrapevineError,
  limits,
  utf8,
  type AuthorId,
  type SessionId,
} from '@grapevine/wire';
import type { Member } from './types.ts';

/** Members that went are listed this long, so that a person sees who left. Source: guess. */
const goneListedMs = 10 * 60 * 1000;
/** Source: guess; well above the members one room links to. */
const goneListedMax = 64;
/** Members listed at most. Source: guess, twice the full table of the core (PROTOCOL.md M1): it forgets without saying so. */
const knownMax = 4_096;

const kinds: readonly string[] = ['person', 'agent', 'tool', 'import'] satisfies ActorKind[];

export interface Profile {
  name: string;
  kind: ActorKind;
}

/** Without control characters and halves of surrogate pairs: as the log takes it. */
function isName(name: string): boolean {
  const characters = [...name].length;
  return characters > 0 && characters <= limits.nameCharacters && !/[\p{Cc}\p{Cs}]/u.test(name);
}

/**
 * A name as its owner gives it, trimmed.
 * @throws GrapevineError `name-invalid`
 */
export function checkName(name: string): string {
  const trimmed = name.trim();
  if (isName(trimmed)) return trimmed;
  throw new GrapevineError(
    'name-invalid',
    `A name has 1 to ${limits.nameCharacters} characters, none of them a control character.`,
    'Choose another name.',
  );
}

/** What a member says of itself in `hello` and `info`. */
export function encodeProfile(profile: Profile): Uint8Array {
  return utf8(JSON.stringify({ name: profile.name, kind: profile.kind }));
}

/** Total: whatever is not a profile is no profile. */
export function decodeProfile(bytes: Uint8Array): Profile | undefined {
  const text = fromUtf8(bytes);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, kind } = value as { name?: unknown; kind?: unknown };
  if (typeof name !== 'string') return undefined;
  const shown = [...name].slice(0, limits.nameCharacters).join('').trim();
  if (!isName(shown)) return undefined;
  return {
    name: shown,
    kind: typeof kind === 'string' && kinds.includes(kind) ? (kind as ActorKind) : 'person',
  };
}

interface Known extends Member {
  quality: LinkQuality | undefined;
}

/** What the core says of a member. */
interface Seen {
  member: SessionId;
  state: MemberState;
  info: Uint8Array;
  health: number;
  hidden: boolean;
}

interface MembersOptions {
  self(): Member;
  /** Undefined where nobody has proved whose it is. */
  authorOf(this: void, member: SessionId): AuthorId | undefined;
  /** What an author is called who does not say. */
  nameOf(this: void, author: AuthorId): Profile;
  now(this: void): number;
}

/** Who is and was here, as the gossip core judges it and as they call themselves. */
export class Members {
  readonly #options: MembersOptions;
  readonly #known = new Map<SessionId, Known>();

  constructor(options: MembersOptions) {
    this.#options = options;
  }

  /** @returns whether it has come, or come back */
  update({ member, state, info, health, hidden }: Seen): boolean {
    const { authorOf, nameOf, now } = this.#options;
    const before = this.#known.get(member);
    const author = before?.author ?? authorOf(member);
    if (author === undefined) return false;
    this.#known.set(member, {
      id: member,
      author,
      ...(decodeProfile(info) ?? nameOf(author)),
      state,
      since: before?.state === state ? before.since : now(),
      self: false,
      health,
      hidden,
      quality: before?.quality,
    });
    if (isGone(state)) this.#forgetGone();
    if (this.#known.size > knownMax) this.#forgetOne();
    return !isGone(state) && (before === undefined || isGone(before.state));
  }

  /** Forgets everybody. @returns whom */
  clear(): SessionId[] {
    const all = [...this.#known.keys()];
    this.#known.clear();
    return all;
  }

  /** Asks every link how it goes; the answers are shown from the next `list` on. A link that fails to answer keeps the last one. */
  async measure(
    links: Iterable<{ member: SessionId; link: Pick<Link, 'quality'> }>,
  ): Promise<void> {
    await Promise.allSettled(
      [...links].map(async ({ member, link }) => {
        const quality = await link.quality();
        const known = this.#known.get(member);
        if (known) known.quality = quality;
      }),
    );
  }

  /** Members here, this one included; those asleep are not. */
  get alive(): number {
    let alive = 1;
    for (const { state } of this.#known.values()) if (isHere(state)) alive++;
    return alive;
  }

  /** Ourselves first, then those here, then those gone; stable within. */
  list(links: Iterable<{ member: SessionId; transport: 'webrtc' | 'tabs' }>): Member[] {
    const transports = new Map([...links].map(({ member, transport }) => [member, transport]));
    const others = [...this.#known.values()].map(({ quality, ...member }): Member => {
      const transport = transports.get(member.id);
      if (transport === undefined) return member;
      return { ...member, link: { transport, path: quality?.path, rttMs: quality?.rttMs } };
    });
    const gone = ({ state }: Member) => (isGone(state) ? 1 : 0);
    others.sort((a, b) => gone(a) - gone(b) || (a.id < b.id ? -1 : 1));
    return [this.#options.self(), ...others];
  }

  /** Somebody who is not here, if there is one. */
  #forgetOne(): void {
    const [first] = this.#known.keys();
    let forgotten = first;
    for (const { id, state } of this.#known.values()) {
      if (isHere(state)) continue;
      forgotten = id;
      break;
    }
    if (forgotten !== undefined) this.#known.delete(forgotten);
  }

  #forgetGone(): void {
    const gone = [...this.#known.values()]
      .filter(({ state }) => isGone(state))
      .sort((a, b) => b.since - a.since);
    const horizon = this.#options.now() - goneListedMs;
    for (const [place, { id, since }] of gone.entries()) {
      if (place >= goneListedMax || since < horizon) this.#known.delete(id);
    }
  }
}

function isHere(state: MemberState): boolean {
  return state === 'alive' || state === 'suspect';
}

function isGone(state: MemberState): boolean {
  return state === 'dead' || state === 'left';
}
