import type { Delta } from '@grapevine/replica';
import { GrapevineError, limits, type AuthorId, type SessionId } from '@grapevine/wire';
import { friendlyName } from './friendly-name.ts';
import { quoted } from './names.ts';
import type { ProfileRecord } from './records.ts';
import type { Actor, ActorKind } from './types.ts';

const kinds: readonly ActorKind[] = ['person', 'agent', 'tool', 'import'];

interface Said {
  session: SessionId;
  seq: number;
  index: number;
  hlc: number;
  name: string;
  kind: ActorKind;
}

/** What authors call themselves: the latest profile by (hlc, id) of each. */
export class Profiles {
  /** In (hlc, id) order; the last one holds, the others are for when it is retracted. */
  readonly #said = new Map<AuthorId, Said[]>();

  /** @returns whether what the author is called has changed */
  add({ delta, index, profile }: { delta: Delta; index: number; profile: ProfileRecord }): boolean {
    const { session, seq, hlc, author } = delta;
    const said: Said = { session, seq, index, hlc, name: profile.name, kind: profile.kind };
    const all = this.#said.get(author) ?? [];
    this.#said.set(author, all);
    all.push(said);
    all.sort(compare);
    return all.at(-1) === said;
  }

  /** @returns the authors that are called something else now */
  retract(session: SessionId, fromSeq: number): AuthorId[] {
    const changed: AuthorId[] = [];
    for (const [author, all] of this.#said) {
      const kept = all.filter((said) => said.session !== session || said.seq < fromSeq);
      if (kept.length === all.length) continue;
      if (kept.at(-1) !== all.at(-1)) changed.push(author);
      if (kept.length > 0) this.#said.set(author, kept);
      else this.#said.delete(author);
    }
    return changed;
  }

  /** Undefined where the author has not said. */
  said(author: AuthorId): { name: string; kind: ActorKind } | undefined {
    return this.#said.get(author)?.at(-1);
  }

  actor(author: AuthorId): Actor {
    const said = this.said(author);
    const name = said?.name ?? friendlyName(author);
    return { id: author, name, kind: said?.kind ?? 'person' };
  }
}

/** @throws GrapevineError `name-invalid` */
export function toProfile({ name, kind }: { name: string; kind: ActorKind }): ProfileRecord {
  const characters = [...name].length;
  const isName =
    characters >= 1 && characters <= limits.nameCharacters && !/[\p{Cc}\p{Cs}]/u.test(name);
  if (isName && kinds.includes(kind)) return { type: 'profile', kind, name };
  throw new GrapevineError(
    'name-invalid',
    isName
      ? `There is no kind ${quoted(String(kind))} of actor.`
      : `The name ${quoted(name)} cannot be used.`,
    `Use 1 to ${limits.nameCharacters} characters, and person, agent, tool or import.`,
  );
}

function compare(a: Said, b: Said): number {
  if (a.hlc !== b.hlc) return a.hlc - b.hlc;
  if (a.session !== b.session) return a.session < b.session ? -1 : 1;
  return a.seq - b.seq || a.index - b.index;
}
