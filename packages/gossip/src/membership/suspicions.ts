import type { SessionId } from '@grapevine/wire';
import { put } from '../bounded.ts';
import type { SignedOpinion } from './statement.ts';
import { Suspicion } from './suspicion.ts';
import type { Entry } from './table.ts';

/** Suspicions remembered that are over. Guess: more than members that blink at the same time. */
const remembered = 64;

/**
 * Who is suspected (M4-M6), and what was said about those who are no more: an opinion that counted
 * once counts never again, and nobody changes its mind without end (M5).
 */
export class Suspicions {
  readonly #open = new Map<SessionId, Suspicion>();
  /** Vouched for by all, at the incarnation they still have. */
  readonly #over = new Map<SessionId, Suspicion>();

  get(member: SessionId): Suspicion | undefined {
    return this.#open.get(member);
  }

  values(): IterableIterator<Suspicion> {
    return this.#open.values();
  }

  /** Whether that opinion about the incarnation known is news; only an accusation begins anything. */
  isNews({ type, by, about, incarnation, number }: SignedOpinion): boolean {
    const open = this.#open.get(about);
    if (open !== undefined) return open.isNews(by, number);
    if (type !== 'suspect') return false;
    const over = this.#over.get(about);
    return over?.incarnation !== incarnation || over.isNews(by, number);
  }

  /** The suspicion of that member, begun where there is none. */
  begin(entry: Entry, nowMs: number): Suspicion {
    const { id, incarnation } = entry;
    const before = this.#open.get(id);
    if (before !== undefined) return before;
    const over = this.#over.get(id);
    this.#over.delete(id);
    const again = over?.incarnation === incarnation && over.about === entry ? over : undefined;
    again?.restart(nowMs);
    const suspicion = again ?? new Suspicion(entry, nowMs);
    this.#open.set(id, suspicion);
    return suspicion;
  }

  /** Nobody accuses it any more. */
  end(suspicion: Suspicion): void {
    const { about } = suspicion;
    this.#open.delete(about.id);
    suspicion.conclude();
    put(this.#over, about.id, suspicion, remembered);
  }

  /** It is gone, or at another incarnation: what was said of it does not matter any more. */
  delete(member: SessionId): void {
    this.#open.delete(member);
    this.#over.delete(member);
  }

  clear(): void {
    this.#open.clear();
    this.#over.clear();
  }
}
