import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, fromHex, toHex, utf8 } from '@grapevine/wire';
import { loadCrypto } from './load.ts';
import { LruMap } from './lru.ts';
import { nobleCrypto } from './noble.ts';
import { sha256 } from './sha256.ts';
import { webCrypto } from './webcrypto.ts';

const web = webCrypto(globalThis.crypto.subtle);
const noble = nobleCrypto();
const implementations = [
  { name: 'WebCrypto', crypto: web, other: noble },
  { name: 'noble', crypto: noble, other: web },
];

function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new Error('bad hex in a test');
  return bytes;
}

const seed = hex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe.each(implementations)('$name', ({ crypto, other }) => {
  it('derives and signs as RFC 8032 section 7.1 does', async () => {
    const key = await crypto.keyFromSeed(seed);
    expect(toHex(key.publicKey)).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
    expect(toHex(await key.sign(new Uint8Array(0)))).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it('signs what the other implementation verifies, and nothing else', async () => {
    const key = await crypto.generateKey();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 99 }), fc.nat(63), async (message, at) => {
        const signature = await key.sign(message);
        expect(await crypto.verify(key.publicKey, message, signature)).toBe(true);
        expect(await other.verify(key.publicKey, message, signature)).toBe(true);
        const bent = signature.slice();
        bent[at] = (bent[at] ?? 0) ^ 1;
        expect(await crypto.verify(key.publicKey, message, bent)).toBe(false);
        expect(await other.verify(key.publicKey, message, bent)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it('verify is total', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 40 }),
        fc.oneof(bytes(64), fc.uint8Array({ maxLength: 70 })),
        async (publicKey, signature) => {
          expect(await crypto.verify(publicKey, utf8('x'), signature)).toBe(false);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('L7: refuses keys and points of small order, odd encodings and unreduced scalars', async () => {
    const identity = hex(`01${'00'.repeat(31)}`);
    // Identity as key and as R with S = 0 satisfies the bare equation for every message.
    expect(await crypto.verify(identity, utf8('any'), concat(identity, new Uint8Array(32)))).toBe(
      false,
    );
    // And as key alone, with an honest-looking R = 5B and S = 5.
    const five = concat(
      ed25519.Point.BASE.multiply(5n).toBytes(),
      Uint8Array.of(5),
      new Uint8Array(31),
    );
    expect(await crypto.verify(identity, utf8('any'), five)).toBe(false);
    const key = await crypto.keyFromSeed(seed);
    const signature = await key.sign(utf8('m'));
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const scalar = BigInt(`0x${toHex(signature.slice(32).reverse())}`) + order;
    const unreduced = hex(scalar.toString(16).padStart(64, '0')).reverse();
    const malleated = concat(signature.subarray(0, 32), unreduced);
    expect(await crypto.verify(key.publicKey, utf8('m'), malleated)).toBe(false);
    // y = p + 1 is the identity in its second spelling.
    const spelling = hex(`ee${'ff'.repeat(30)}7f`);
    expect(await crypto.verify(spelling, utf8('m'), signature)).toBe(false);
  });

  it('K4: HKDF gives the same bytes as the other', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(32), fc.uint8Array({ maxLength: 80 }), async (key, info) => {
        expect(await crypto.hkdf(key, info)).toEqual(await other.hkdf(key, info));
      }),
      { numRuns: 20 },
    );
    // RFC 5869, test case 3 (empty salt and info).
    const okm = await crypto.hkdf(new Uint8Array(22).fill(0x0b), new Uint8Array(0));
    expect(toHex(okm)).toBe('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d');
  });

  it('AES-GCM gives the same bytes as the other and opens them', async () => {
    const args = [bytes(32), bytes(12), fc.uint8Array({ maxLength: 300 })] as const;
    await fc.assert(
      fc.asyncProperty(...args, fc.uint8Array({ maxLength: 40 }), async (key, iv, plain, aad) => {
        const sealed = await crypto.seal(key, iv, plain, aad);
        expect(sealed).toEqual(await other.seal(key, iv, plain, aad));
        expect(await crypto.open(key, iv, sealed, aad)).toEqual(plain);
        expect(await crypto.open(key, iv, sealed, concat(aad, utf8('!')))).toBeUndefined();
        expect(await crypto.open(key, iv, sealed.subarray(1), aad)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  it('restores what it stored, also after a structured clone', async () => {
    const key = await crypto.generateKey();
    const restored = await crypto.restoreKey(structuredClone(key.stored));
    expect(restored?.publicKey).toEqual(key.publicKey);
    const signature = await restored?.sign(utf8('m'));
    expect(await other.verify(key.publicKey, utf8('m'), signature ?? utf8(''))).toBe(true);
  });

  it('restores nothing from anything else', async () => {
    for (const stored of [undefined, null, 7, 'key', {}, { seed: new Uint8Array(31) }]) {
      expect(await crypto.restoreKey(stored)).toBeUndefined();
    }
    await expect(crypto.keyFromSeed(new Uint8Array(31))).rejects.toThrow(RangeError);
  });
});

describe('WebCrypto and noble', () => {
  it('L7: agree on keys of mixed order, where cofactored libraries would not', async () => {
    const { Point } = ed25519;
    const number = (input: Uint8Array) => BigInt(`0x${toHex(input.toReversed())}`);
    const torsion = Point.fromBytes(
      hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
    );
    const secret = 12_345_678_901_234_567_890n;
    const publicKey = Point.BASE.multiply(secret).add(torsion).toBytes();
    const verdicts = new Set<boolean>();
    for (let nonce = 1n; nonce <= 64n; nonce++) {
      const message = utf8(`message ${nonce}`);
      const r = Point.BASE.multiply(nonce).toBytes();
      const k = Point.Fn.create(number(sha512(concat(r, publicKey, message))));
      const s = Point.Fn.create(nonce + k * secret);
      const signature = concat(r, hex(s.toString(16).padStart(64, '0')).reverse());
      const verdict = await noble.verify(publicKey, message, signature);
      expect(await web.verify(publicKey, message, signature)).toBe(verdict);
      verdicts.add(verdict);
    }
    expect(verdicts).toEqual(new Set([true, false]));
  });
});

describe('storage of keys', () => {
  it('a stored seed opens under both, a CryptoKey only under WebCrypto', async () => {
    const plain = await noble.generateKey();
    expect((await web.restoreKey(plain.stored))?.publicKey).toEqual(plain.publicKey);
    expect(await noble.restoreKey((await web.generateKey()).stored)).toBeUndefined();
  });

  it('a stored pair whose halves do not belong together is refused', async () => {
    const [one, two] = [await web.generateKey(), await web.generateKey()];
    const mixed = { ...(one.stored as object), publicKey: two.publicKey };
    expect(await web.restoreKey(mixed)).toBeUndefined();
  });

  it('the WebCrypto secret cannot be read', async () => {
    const { stored } = await web.keyFromSeed(seed);
    const { privateKey } = stored as { privateKey: CryptoKey };
    expect(privateKey.extractable).toBe(false);
  });
});

describe('loadCrypto', () => {
  it('takes WebCrypto where the probe works and the fallback where it does not', async () => {
    const { stored } = await (await loadCrypto()).generateKey();
    expect(stored).toHaveProperty('privateKey');
    vi.spyOn(globalThis.crypto.subtle, 'generateKey').mockRejectedValue(new Error('unsupported'));
    const fallback = await (await loadCrypto()).generateKey();
    expect(fallback.stored).toHaveProperty('seed');
  });
});

describe('helpers', () => {
  it('sha256 joins its parts', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 4 }), (parts) => {
        expect(sha256(...parts)).toEqual(sha256(concat(...parts)));
      }),
    );
    expect(toHex(sha256())).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('an LruMap forgets the least recently used', () => {
    const map = new LruMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);
    expect(map.get('a')).toBe(1);
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
  });
});
