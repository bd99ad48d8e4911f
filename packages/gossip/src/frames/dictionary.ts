import { DecodeError, limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';

/**
 * Numbers we give sessions on one link. Numbers given since the last `takeFresh` must be told
 * before they are used. Beyond
 * `limits.linkNames` the other side closes the link.
 */
export class OutNames {
  readonly #numbers = new Map<SessionId, number>();
  #fresh: SessionId[] = [];

  numberOf(session: SessionId): number {
    const known = this.#numbers.get(session);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(session, number);
    this.#fresh.push(session);
    return number;
  }

  takeFresh(): readonly SessionId[] {
    const fresh = this.#fresh;
    if (fresh.length > 0) this.#fresh = [];
    return fresh;
  }
}

/** The other side's numbers. */
export class InNames {
  readonly #sessions: SessionId[] = [];

  add(session: SessionId): void {
    if (this.#sessions.length >= limits.linkNames) throw new DecodeError('over a limit');
    this.#sessions.push(session);
  }

  sessionOf(number: number): SessionId {
    const session = this.#sessions[number];
    if (session === undefined) throw new DecodeError('unnamed session');
    return session;
  }
}
