import { describe, expect, it } from 'vitest';
import { concat, label, toHex } from '@grapevine/wire';
import { nobleCrypto } from './crypto/noble.ts';
import { deriveRoomKeys } from './keys.ts';
import { formatRoomLink } from './link.ts';
import { crypto, roomKeys, seededRandom } from './log/testing.ts';
import { authorId, openSession, sessionIdOf } from './session.ts';

const authorSeed = new Uint8Array(32).fill(1);
const salt = new Uint8Array(16).fill(2);

describe.each([
  { name: 'WebCrypto', implementation: crypto },
  { name: 'noble', implementation: nobleCrypto() },
])('room keys under $name', ({ implementation }) => {
  it('K3, K4: seed 00 01 … 1f gives the vectors of PROTOCOL.md', async () => {
    const seed = Uint8Array.from({ length: 32 }, (_, i) => i);
    const keys = await deriveRoomKeys({ mode: 'write', seed }, implementation);
    expect(toHex(keys.writePublicKey)).toBe(
      'b71691c003062910d6b7c56fa7563801888358861a0bd82541f32f97c2b3da83',
    );
    expect(toHex(keys.topic)).toBe(
      'dd7e98ab048e081cbff61975e6754dc2a806c315fbfca425290baa27d49e802d',
    );
    expect(keys.topicText).toBe('3X6YqwSOCBy_9hl15nVNwqgGwxX7_KQlKQuqJ9SegC0');
    expect(toHex(keys.signalingKey)).toBe(
      '00d29a73413113ceceee41be88854a3a43a52f8afe0079bcde3be0176e702dd1',
    );
    expect(toHex(keys.admissionKey)).toBe(
      '768dd6fdc6373aba372fc23b378846af4650ee03cbb0f6971d47446999da97b5',
    );
    expect(formatRoomLink(keys.readLink)).toBe(
      '1r.ayAFOpS8VDf8-p-H491Rtvj74k58iD1WbGAaKC8FmCC3FpHAAwYpENa3xW-nVjgBiINYhhoL2CVB8y-XwrPag9amOIc',
    );
  });

  it('section 1: author, session and certificate of a fixed key', async () => {
    const key = await implementation.keyFromSeed(authorSeed);
    expect(authorId(key.publicKey)).toBe('e59c80a811c97b096066de8088ad7bb3');
    expect(sessionIdOf(roomKeys.topic, key.publicKey, salt)).toBe(
      'c764c3edb632d30558858b5bb35eacb2',
    );
    const certificate = await roomKeys.certify?.(key.publicKey);
    expect(toHex(certificate ?? salt)).toBe(
      '2af493eaee8e979e5e74f9cf29de865a83f032c9871b3b8b63bd2cfbf329656ae0d266bfc1c76d89a5003aafc1051129b0c98c44b2b862791abb46e4ee8acf02',
    );
  });

  it('K3: a read link gives the same room and no way to write', async () => {
    const reader = await deriveRoomKeys(roomKeys.readLink, implementation);
    expect(reader.topicText).toBe(roomKeys.topicText);
    expect(reader.signalingKey).toEqual(roomKeys.signalingKey);
    expect(reader.admissionKey).toEqual(roomKeys.admissionKey);
    expect(reader.readLink).toEqual(roomKeys.readLink);
    expect([reader.writeLink, reader.certify]).toEqual([undefined, undefined]);
  });
});

describe('sessions', () => {
  it('K5: a writer has a certificate the room key signed, a reader has none', async () => {
    const key = await crypto.keyFromSeed(authorSeed);
    const writer = await openSession(roomKeys, key, seededRandom(1));
    const message = concat(label('grapevine/1 certificate'), roomKeys.topic, key.publicKey);
    const signature = writer.certificate ?? new Uint8Array(0);
    expect(await crypto.verify(roomKeys.writePublicKey, message, signature)).toBe(true);
    const readerKeys = await deriveRoomKeys(roomKeys.readLink, crypto);
    const reader = await openSession(readerKeys, key, seededRandom(1));
    expect(reader).not.toHaveProperty('certificate');
    expect(reader.id).toBe(writer.id);
  });

  it('L12: every page load is another session of one author', async () => {
    const key = await crypto.keyFromSeed(authorSeed);
    const random = seededRandom(2);
    const [one, two] = [
      await openSession(roomKeys, key, random),
      await openSession(roomKeys, key, random),
    ];
    expect(one.id).not.toBe(two.id);
    expect(one.author).toBe(two.author);
  });
});
