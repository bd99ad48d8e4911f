import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrapevineError, concat, label, toBase64Url, utf8 } from '@grapevine/wire';
import { sha256 } from './crypto/sha256.ts';
import { createRoomLink, formatRoomLink, parseRoomLink } from './link.ts';
import type { RoomLink } from './link.ts';
import { seededRandom } from './log/testing.ts';

const seed = Uint8Array.from({ length: 32 }, (_, i) => i);
const written = '1w.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh91P9i3';
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyLink: fc.Arbitrary<RoomLink> = fc.oneof(
  fc.record({ mode: fc.constant('write' as const), seed: key }),
  fc.record({ mode: fc.constant('read' as const), readKey: key, writePublicKey: key }),
);

function refusal(text: string): string {
  try {
    parseRoomLink(text);
  } catch (error) {
    if (error instanceof GrapevineError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('room links', () => {
  it('K1: a link is what PROTOCOL.md says, byte by byte', () => {
    expect(formatRoomLink({ mode: 'write', seed })).toBe(written);
    expect(parseRoomLink(written)).toEqual({ mode: 'write', seed });
  });

  it('K1: every link is read back, from a URL, a fragment or the bare text', () => {
    fc.assert(
      fc.property(anyLink, (link) => {
        const text = formatRoomLink(link);
        expect(parseRoomLink(text)).toEqual(link);
        expect(parseRoomLink(`#${text}`)).toEqual(link);
        expect(parseRoomLink(` http://localhost:8787/#${text}\n`)).toEqual(link);
      }),
    );
  });

  it('K2: any text is a link or a typed refusal', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        expect(refusal(text)).toMatch(/^link-/);
      }),
    );
  });

  it('K2: one wrong character never gives another room', () => {
    fc.assert(
      fc.property(
        anyLink,
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1 }),
        (link, at, other) => {
          const text = formatRoomLink(link);
          const place = at % text.length;
          fc.pre(text[place] !== other);
          expect(refusal(text.slice(0, place) + other + text.slice(place + 1))).toMatch(/^link-/);
        },
      ),
    );
  });

  it('K2: a changed digit of the body is mistyped', () => {
    const wrong = written.replace('CQoLD', 'CQoLE');
    expect(refusal(wrong)).toBe('link-mistyped');
  });

  it('K2: a cut link is truncated, at every length', () => {
    for (let length = 1; length < written.length; length++) {
      expect(refusal(written.slice(0, length))).toBe('link-truncated');
    }
    expect(refusal(`${written}A`)).toBe('link-truncated');
  });

  it('K2: another version is newer, whatever follows', () => {
    expect(refusal('2w.anything at all')).toBe('link-newer');
    expect(refusal(`#9x${written}`)).toBe('link-newer');
  });

  it('K2: anything else is garbled, and no link is missing', () => {
    expect(refusal('hello')).toBe('link-garbled');
    expect(refusal(`1x${written.slice(2)}`)).toBe('link-garbled');
    expect(refusal(written.replace('AAEC', 'AA+C'))).toBe('link-garbled');
    for (const nothing of ['', '#', '  ', 'http://localhost:8787/', 'https://example.org/#']) {
      expect(refusal(nothing)).toBe('link-missing');
    }
  });

  it('K1: unused bits must be zero, also under a right check', () => {
    const body = new Uint8Array(64);
    const check = sha256(label('grapevine/1 link'), utf8('1r.'), body).subarray(0, 4);
    const text = `1r.${toBase64Url(concat(body, check))}`;
    expect(refusal(text)).toBe('accepted');
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = digits[digits.indexOf(text.at(-1) ?? '') + 1] ?? '';
    expect(refusal(text.slice(0, -1) + last)).toBe('link-garbled');
  });

  it('a new link is a write link of 32 random bytes', () => {
    const link = createRoomLink(seededRandom(1));
    expect(link).toEqual({ mode: 'write', seed: seededRandom(1).bytes(32) });
  });
});
