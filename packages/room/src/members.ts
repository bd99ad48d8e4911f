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
/** Members whose author is remembered, and those listed, at most. Source: guess; whoever has the link can come under any number of ids. */
const knownMax = 512;

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

/** Who is and was here, as the gossip core judges it and as they call themselves. */
export class Members {
  readonly #self: () => Member;
  readonly #nameOf: (author: AuthorId) => Profile;
  readonly #known = new Map<SessionId, Known>();
  readonly #authors = new Map<SessionId, AuthorId>();
  readonly #now: () => number;

  /** @param nameOf what an author is called who does not say */
  constructor(self: () => Member, nameOf: (author: AuthorId) => Profile, now: () => number) {
    this.#self = self;
    this.#nameOf = nameOf;
    this.#now = now;
  }

  /** The handshake proved that `session` belongs to `author`. */
  authenticated(session: SessionId, author: AuthorId): void {
    this.#authors.delete(session);
    this.#authors.set(session, author);
    if (this.#authors.size > knownMax) this.#forgetOldest();
  }

  update(session: SessionId, state: MemberState, info: Uint8Array): void {
    const author = this.#authors.get(session);
    if (author === undefined) return;
    const before = this.#known.get(session);
    const profile = decodeProfile(info) ?? this.#nameOf(author);
    this.#known.set(session, {
      id: session,
      author,
      ...profile,
      state,
      since: before?.state === state ? before.since : this.#now(),
      self: false,
      quality: before?.quality,
    });
    this.#forgetOld();
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

  get alive(): number {
    let alive = 1;
    for (const { state } of this.#known.values()) if (state !== 'dead' && state !== 'left') alive++;
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
    const gone = (member: Member) => (member.state === 'dead' || member.state === 'left' ? 1 : 0);
    return [this.#self(), ...others.sort((a, b) => gone(a) - gone(b) || (a.id < b.id ? -1 : 1))];
  }

  #forgetOldest(): void {
    for (const id of this.#authors.keys()) {
      const state = this.#known.get(id)?.state;
      if (state === 'alive' || state === 'suspect') continue;
      this.#authors.delete(id);
      this.#known.delete(id);
      return;
    }
  }

  #forgetOld(): void {
    const gone = [...this.#known.values()]
      .filter(({ state }) => state === 'dead' || state === 'left')
      .sort((a, b) => b.since - a.since);
    const horizon = this.#now() - goneListedMs;
    for (const [place, { id, since }] of gone.entries()) {
      if (place < goneListedMax && since >= horizon) continue;
      this.#known.delete(id);
      this.#authors.delete(id);
    }
  }
}
