import {
  DecodeError,
  GrapevineError,
  Writer,
  concat,
  decode,
  equalBytes,
  label,
  sessionIdToBytes,
} from '@grapevine/wire';
import type { AuthorId, Reader, SessionId } from '@grapevine/wire';
import { publicKeyBytes, signatureBytes } from './crypto/crypto.ts';
import type { Crypto } from './crypto/crypto.ts';
import { sha256 } from './crypto/sha256.ts';
import type { RoomKeys } from './keys.ts';
import type { Random } from './link.ts';
import { authorId, saltBytes, sessionIdOf } from './session.ts';
import type { Session } from './session.ts';

export interface HandshakeOptions {
  keys: Pick<RoomKeys, 'topic' | 'admissionKey'>;
  session: Pick<Session, 'id' | 'salt' | 'key'>;
  /** Whom the introduction named. */
  peer: SessionId;
  /** 32 bytes both ends of the channel compute alike. */
  binding: Uint8Array;
  crypto: Crypto;
  random: Random;
}

export interface HandshakeStep {
  /** To be sent at once. */
  reply?: Uint8Array;
  /** The peer is who it says and knows the room; frames may be read from here on. */
  done?: { author: AuthorId; authorKey: Uint8Array };
}

const helloType = 0x67;
const proofType = 0x68;
const version = 1;
const nonceBytes = 32;

interface Hello {
  key: Uint8Array;
  salt: Uint8Array;
  nonce: Uint8Array;
}

/**
 * One link's mutual authentication (PROTOCOL.md S4): send `first`, hand every message to
 * `receive`, send its replies, stop
 * at `done` or at the first error. The 5 s deadline is the caller's.
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #nonce: Uint8Array;
  #peer: { key: Uint8Array; transcript: Uint8Array } | undefined;
  #state: 'hello' | 'proof' | 'done' | 'failed' = 'hello';
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#nonce = options.random.bytes(nonceBytes);
  }

  /** Our hello. */
  first(): Uint8Array {
    const { key, salt } = this.#options.session;
    return concat(Uint8Array.of(helloType, version), key.publicKey, salt, this.#nonce);
  }

  /**
   * Messages are taken in the order of the calls, also while an earlier one is being checked.
   * @throws GrapevineError `handshake-failed`; the link must be closed
   */
  receive(message: Uint8Array): Promise<HandshakeStep> {
    const step = this.#turn.then(() => this.#receive(message));
    this.#turn = step.catch(() => {
      this.#state = 'failed';
    });
    return step;
  }

  async #receive(message: Uint8Array): Promise<HandshakeStep> {
    if (this.#state === 'hello') return { reply: await this.#hello(message) };
    if (this.#state === 'proof') return { done: await this.#proof(message) };
    throw failed('a message came after the end of the handshake');
  }

  async #hello(message: Uint8Array): Promise<Uint8Array> {
    const { keys, session, peer } = this.#options;
    const hello = decode(message, readHello);
    if (hello instanceof DecodeError) throw failed(`its hello is malformed (${hello.message})`);
    if (sessionIdOf(keys.topic, hello.key, hello.salt) !== peer || peer === session.id) {
      throw failed('its key does not belong to the member it was introduced as');
    }
    if (equalBytes(hello.nonce, this.#nonce)) throw failed('it sent our own nonce back');
    const transcript = this.#transcript(hello.nonce);
    this.#peer = { key: hello.key, transcript };
    this.#state = 'proof';
    const signature = await session.key.sign(proofMessage(transcript, session.id));
    return concat(Uint8Array.of(proofType), signature);
  }

  async #proof(message: Uint8Array): Promise<{ author: AuthorId; authorKey: Uint8Array }> {
    const { crypto, peer } = this.#options;
    const signature = decode(message, readProof);
    if (signature instanceof DecodeError) throw failed('its proof is malformed');
    if (this.#peer === undefined) throw failed('its proof came before its hello');
    const { key, transcript } = this.#peer;
    if (!(await crypto.verify(key, proofMessage(transcript, peer), signature))) {
      throw failed('its signature does not hold for this link and this room');
    }
    this.#state = 'done';
    return { author: authorId(key), authorKey: key };
  }

  #transcript(peerNonce: Uint8Array): Uint8Array {
    const { keys, session, peer, binding } = this.#options;
    const own = { id: session.id, nonce: this.#nonce };
    const other = { id: peer, nonce: peerNonce };
    const [lower, higher] = own.id < other.id ? [own, other] : [other, own];
    const writer = new Writer().bytes(label('grapevine/1 link')).bytes(keys.admissionKey);
    writer.bytes(keys.topic).bytes(binding);
    writer.bytes(sessionIdToBytes(lower.id)).bytes(sessionIdToBytes(higher.id));
    return sha256(writer.bytes(lower.nonce).bytes(higher.nonce).done());
  }
}

function proofMessage(transcript: Uint8Array, session: SessionId): Uint8Array {
  return concat(label('grapevine/1 handshake'), transcript, sessionIdToBytes(session));
}

function readHello(reader: Reader): Hello {
  if (reader.u8() !== helloType) throw new DecodeError('not a hello');
  if (reader.u8() !== version) throw new DecodeError('unknown version');
  return {
    key: reader.bytes(publicKeyBytes).slice(),
    salt: reader.bytes(saltBytes).slice(),
    nonce: reader.bytes(nonceBytes).slice(),
  };
}

function readProof(reader: Reader): Uint8Array {
  if (reader.u8() !== proofType) throw new DecodeError('not a proof');
  return reader.bytes(signatureBytes);
}

function failed(what: string): GrapevineError {
  return new GrapevineError(
    'handshake-failed',
    `Another member could not prove who it is: ${what}.`,
    'Nothing is needed: the link was closed and others are tried.',
  );
}
