import { DecodeError, limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';

/**
 * More names than one message holds. The names a message needs go before it, so what it names must
 * not lose its number to another name in it.
 */
const namesInMessage = 16_384;

/**
 * Numbers we give sessions on one link. Numbers given since the last `takeFresh` must be told
 * before they are used. After
 * `limits.linkNames` they begin anew: who had a number before gets another one when named again.
 */
export class OutNames {
  readonly #numbers = new Map<SessionId, number>();
  /** By number. */
  readonly #sessions: SessionId[] = [];
  #next = 0;
  #fresh: SessionId[] = [];

  numberOf(session: SessionId): number {
    const known = this.#numbers.get(session);
    if (known !== undefined && !this.#isEnding(known)) return known;
    const number = this.#next;
    this.#next = following(number);
    const former = this.#sessions[number];
    if (former !== undefined && this.#numbers.get(former) === number) this.#numbers.delete(former);
    this.#sessions[number] = session;
    this.#numbers.set(session, number);
    this.#fresh.push(session);
    return number;
  }

  takeFresh(): readonly SessionId[] {
    const fresh = this.#fresh;
    if (fresh.length > 0) this.#fresh = [];
    return fresh;
  }

  /** It is soon somebody else's. */
  #isEnding(number: number): boolean {
    return (number - this.#next + limits.linkNames) % limits.linkNames < namesInMessage;
  }
}

/** The other side's numbers. */
export class InNames {
  readonly #sessions: SessionId[] = [];
  #next = 0;

  add(session: SessionId): void {
    this.#sessions[this.#next] = session;
    this.#next = following(this.#next);
  }

  sessionOf(number: number): SessionId {
    const session = this.#sessions[number];
    if (session === undefined) throw new DecodeError('unnamed session');
    return session;
  }
}

function following(number: number): number {
  return (number + 1) % limits.linkNames;
}
