import { authorId, provedKey, type Crypto, type Log } from '@grapevine/replica';
import type { AuthorId, SessionId } from '@grapevine/wire';

/** Twice the members of a full table, so that strangers push out nobody who is here. Source: guess. */
const keysMax = 4_096;

interface AuthorKeysOptions {
  topic: Uint8Array;
  crypto: Crypto;
  log: Pick<Log, 'authorKey'>;
}

export interface Claim {
  member: SessionId;
  /** Author key and salt, from which the session id follows (PROTOCOL.md section 7). */
  proof: Uint8Array | undefined;
  bytes: Uint8Array;
  signature: Uint8Array;
}

/** Whose key each member's is: proved on a link, by what it signed of itself, or by the opening of its feed. */
export class AuthorKeys {
  readonly #options: AuthorKeysOptions;
  readonly #keys = new Map<SessionId, Uint8Array>();

  constructor(options: AuthorKeysOptions) {
    this.#options = options;
  }

  /** It has been proved. The least recently used one is forgotten. */
  learn(member: SessionId, key: Uint8Array): void {
    this.#keys.delete(member);
    this.#keys.set(member, key);
    if (this.#keys.size <= keysMax) return;
    for (const oldest of this.#keys.keys()) return void this.#keys.delete(oldest);
  }

  author(member: SessionId): AuthorId | undefined {
    const key = this.#key(member);
    return key && authorId(key);
  }

  /** Whether `signature` is that of the author of `member` over `bytes`. Total. */
  async verify({ member, proof, bytes, signature }: Claim): Promise<boolean> {
    const { crypto, topic } = this.#options;
    const key = proof === undefined ? this.#key(member) : provedKey(topic, member, proof);
    if (key === undefined || !(await crypto.verify(key, bytes, signature))) return false;
    this.learn(member, key);
    return true;
  }

  #key(member: SessionId): Uint8Array | undefined {
    return this.#keys.get(member) ?? this.#options.log.authorKey(member);
  }
}
