import { concat, label, toBase64Url } from '@grapevine/wire';
import type { Crypto } from './crypto/crypto.ts';
import type { RoomLink } from './link.ts';

/** Everything a link's holder derives (PROTOCOL.md K3-K5). Keys and topic are 32 bytes. */
export interface RoomKeys {
  topic: Uint8Array;
  /** base64url, as signaling and storage name the room. */
  topicText: string;
  signalingKey: Uint8Array;
  admissionKey: Uint8Array;
  writePublicKey: Uint8Array;
  readLink: RoomLink;
  /** Undefined for a reader. */
  writeLink: RoomLink | undefined;
  /** K5: 64 bytes that admit an author's key. Undefined for a reader. */
  certify: ((authorPublicKey: Uint8Array) => Promise<Uint8Array>) | undefined;
}

export async function deriveRoomKeys(link: RoomLink, crypto: Crypto): Promise<RoomKeys> {
  if (link.mode === 'read') {
    const shared = await sharedKeys(link.readKey, link.writePublicKey, crypto);
    return { ...shared, readLink: link, writeLink: undefined, certify: undefined };
  }
  const writeSeed = await crypto.hkdf(link.seed, label('grapevine/1 write key'));
  const writeKey = await crypto.keyFromSeed(writeSeed);
  const readKey = await crypto.hkdf(link.seed, label('grapevine/1 read key'));
  const shared = await sharedKeys(readKey, writeKey.publicKey, crypto);
  return {
    ...shared,
    readLink: { mode: 'read', readKey, writePublicKey: writeKey.publicKey },
    writeLink: link,
    certify: (authorPublicKey) => writeKey.sign(certificateMessage(shared.topic, authorPublicKey)),
  };
}

/** What the room's write key signs for an author (K5). */
export function certificateMessage(topic: Uint8Array, authorPublicKey: Uint8Array): Uint8Array {
  return concat(label('grapevine/1 certificate'), topic, authorPublicKey);
}

async function sharedKeys(readKey: Uint8Array, writePublicKey: Uint8Array, crypto: Crypto) {
  const derive = (name: string) =>
    crypto.hkdf(readKey, concat(label(`grapevine/1 ${name}`), writePublicKey));
  const [topic, signalingKey, admissionKey] = await Promise.all([
    derive('topic'),
    derive('signaling'),
    derive('admission'),
  ]);
  return { topic, topicText: toBase64Url(topic), signalingKey, admissionKey, writePublicKey };
}
