import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, limits, toHex, utf8 } from '@grapevine/wire';
import { crypto, roomKeys, seededRandom } from './log/testing.ts';
import { openSession } from './session.ts';
import {
  ReplayCheck,
  attemptsKept,
  openSignal,
  sealSignal,
  signalKind,
  signalsPerAttempt,
} from './sealed-signal.ts';
import type { Signal } from './sealed-signal.ts';

const random = seededRandom(1);
const session = await openSession(roomKeys, await crypto.generateKey(), random);
const from = session.id;
const to = '1'.repeat(32);
const route = { keys: roomKeys, crypto, random, session, from, to };
const attempt = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const offer: Signal = { kind: signalKind.signal, attempt, sequence: 0, content: utf8('[{"x":1}]') };

describe('sealed signals', () => {
  it('S1: opens to what was sealed, at every size', async () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.constant(new Uint8Array(limits.signalBytes)),
    );
    await fc.assert(
      fc.asyncProperty(content, fc.maxSafeNat(), async (bytes, sequence) => {
        const signal = { ...offer, sequence, content: bytes };
        const sealed = await sealSignal(route, signal);
        expect(sealed.length).toBeLessThanOrEqual(limits.sealedSignalBytes);
        expect(await openSignal(route, sealed)).toEqual(signal);
      }),
      { numRuns: 30 },
    );
  });

  it('section 4: pads, so that sizes tell little, and shows no content', async () => {
    const lengths = new Set<number>();
    for (const size of [0, 1, 100, 138]) {
      lengths.add((await sealSignal(route, { ...offer, content: new Uint8Array(size) })).length);
    }
    expect(lengths.size).toBe(1);
    expect(toHex(await sealSignal(route, offer))).not.toContain(toHex(utf8('"x"')));
  });

  it('section 4: another route, room or any changed byte opens nothing', async () => {
    const sealed = await sealSignal(route, offer);
    expect(await openSignal({ ...route, from: to, to: from }, sealed)).toBeUndefined();
    expect(await openSignal({ ...route, to: '2'.repeat(32) }, sealed)).toBeUndefined();
    const topic = new Uint8Array(32);
    expect(await openSignal({ ...route, keys: { ...roomKeys, topic } }, sealed)).toBeUndefined();
    const signalingKey = new Uint8Array(32);
    const stranger = { ...roomKeys, signalingKey };
    expect(await openSignal({ ...route, keys: stranger }, sealed)).toBeUndefined();
    for (let at = 0; at < sealed.length; at += 7) {
      const bent = sealed.slice();
      bent[at] = (bent[at] ?? 0) ^ 1;
      expect(await openSignal(route, bent)).toBeUndefined();
    }
  });

  it('S1: what another member seals in the name of the sender opens nothing', async () => {
    const liar = await openSession(roomKeys, await crypto.generateKey(), random);
    for (const forged of [
      { ...liar, id: from },
      { ...liar, id: from, salt: session.salt },
      { ...session, key: { ...session.key, sign: liar.key.sign.bind(liar.key) } },
    ]) {
      const sealed = await sealSignal({ ...route, session: forged }, offer);
      expect(await openSignal(route, sealed)).toBeUndefined();
    }
    const own = await sealSignal({ ...route, session: liar }, offer);
    expect(await openSignal(route, own)).toBeUndefined();
    expect(await openSignal({ ...route, from: liar.id }, own)).toEqual(offer);
  });

  it('S1: a signature is of one content, attempt, number, kind and addressee', async () => {
    const signatures: Uint8Array[] = [];
    const noting = {
      ...session.key,
      sign: async (bytes: Uint8Array) => {
        const signature = await session.key.sign(bytes);
        signatures.push(signature);
        return signature;
      },
    };
    await sealSignal({ ...route, session: { ...session, key: noting } }, offer);
    const replayed = { ...session.key, sign: () => Promise.resolve(signatures[0] as Uint8Array) };
    const sealed = (signal: Signal, whom = to) =>
      sealSignal({ ...route, to: whom, session: { ...session, key: replayed } }, signal);
    expect(await openSignal(route, await sealed(offer))).toEqual(offer);
    for (const other of [
      { ...offer, content: utf8('[]') },
      { ...offer, attempt: new Uint8Array(8) },
      { ...offer, sequence: 1 },
      { ...offer, kind: signalKind.urgentSignal },
    ]) {
      expect(await openSignal(route, await sealed(other))).toBeUndefined();
    }
    const elsewhere = '2'.repeat(32);
    const moved = await sealed(offer, elsewhere);
    expect(await openSignal({ ...route, to: elsewhere }, moved)).toBeUndefined();
  });

  it('is total', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect(await openSignal(route, bytes)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
    expect(await openSignal(route, new Uint8Array(limits.sealedSignalBytes + 1))).toBeUndefined();
  });

  it('section 4: padding is zeros and no longer than needed', async () => {
    const bent = (change: (plain: Uint8Array) => Uint8Array) => ({
      ...crypto,
      seal: (key: Uint8Array, iv: Uint8Array, plain: Uint8Array, aad: Uint8Array) =>
        crypto.seal(key, iv, change(plain), aad),
    });
    const changes = [
      (plain: Uint8Array) => plain.with(-1, 1),
      (plain: Uint8Array) => concat(plain, new Uint8Array(256)),
      (plain: Uint8Array) => plain.slice(0, -1),
    ];
    for (const change of changes) {
      const sealed = await sealSignal({ ...route, crypto: bent(change) }, offer);
      expect(await openSignal(route, sealed)).toBeUndefined();
    }
  });

  it('S1: a knock and a refusal have one byte, a signal of an urgent dial any', async () => {
    const opened = async (signal: Signal) => openSignal(route, await sealSignal(route, signal));
    for (const kind of [signalKind.knock, signalKind.refuse]) {
      const whole = { ...offer, kind, content: Uint8Array.of(1) };
      expect(await opened(whole)).toEqual(whole);
      expect(await opened({ ...whole, content: new Uint8Array(0) })).toBeUndefined();
      expect(await opened({ ...whole, content: utf8('xx') })).toBeUndefined();
    }
    const urgent = { ...offer, kind: signalKind.urgentSignal };
    expect(await opened(urgent)).toEqual(urgent);
  });

  it('S1: a kind it does not know opens nothing', async () => {
    for (const kind of [0, 5]) {
      const signal = { ...offer, kind, content: Uint8Array.of(1) } as unknown;
      const sealed = await sealSignal(route, signal as Signal);
      expect(await openSignal(route, sealed)).toBeUndefined();
    }
  });

  it('refuses to seal what is over the limit', async () => {
    const content = new Uint8Array(limits.signalBytes + 1);
    await expect(sealSignal(route, { ...offer, content })).rejects.toMatchObject({
      code: 'signal-too-large',
    });
  });
});

describe('replays', () => {
  it('S1: a sequence number is taken once per attempt and sender', () => {
    const check = new ReplayCheck();
    expect(check.isNew(from, offer)).toBe(true);
    expect(check.isNew(from, offer)).toBe(false);
    expect(check.isNew(from, { ...offer, sequence: 1 })).toBe(true);
    expect(check.isNew(to, offer)).toBe(true);
    expect(check.isNew(from, { ...offer, attempt: new Uint8Array(8) })).toBe(true);
  });

  it('S1: what it remembers is bounded', () => {
    const check = new ReplayCheck();
    for (let sequence = 0; sequence < signalsPerAttempt; sequence++)
      check.isNew(from, { ...offer, sequence });
    expect(check.isNew(from, { ...offer, sequence: signalsPerAttempt })).toBe(false);
    for (let i = 0; i < attemptsKept; i++) {
      check.isNew(from, { ...offer, attempt: Uint8Array.of(9, i & 255, i >> 8, 0, 0, 0, 0, 0) });
    }
    expect(check.isNew(from, offer)).toBe(true);
  });
});
