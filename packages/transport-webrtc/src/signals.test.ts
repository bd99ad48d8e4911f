import fc from 'fast-check';
import { concat, limits, utf8 } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { bindingOf, fingerprintOf } from './fingerprint.ts';
import { decodeSignals, encodeSignals, rebuildSignal } from './signals.ts';
import type { Signal } from './signals.ts';
import { candidate, fingerprint, sdpWith } from './sdp-sample.ts';

const encode = (value: unknown): Uint8Array => utf8(JSON.stringify(value));

describe('signals', () => {
  it('S1: a description and a candidate are rebuilt from known fields', () => {
    const sdp = sdpWith(fingerprint(1));
    expect(rebuildSignal({ type: 'offer', sdp, renegotiate: true, x: 1 })).toEqual({
      type: 'offer',
      sdp,
    });
    const extra = {
      type: 'candidate',
      candidate: { ...candidate.candidate, usernameFragment: 'u' },
    };
    expect(rebuildSignal(extra)).toEqual(candidate);
  });

  it.each<[string, unknown]>([
    ['renegotiate', { type: 'renegotiate', renegotiate: true }],
    ['transceiverRequest', { type: 'transceiverRequest', transceiverRequest: { kind: 'audio' } }],
    ['another type', { type: 'pranswer', sdp: sdpWith(fingerprint(1)) }],
    ['an sdp that is no text', { type: 'offer', sdp: 5 }],
    ['media', { type: 'offer', sdp: `${sdpWith(fingerprint(1))}m=audio 9 RTP 0\r\n` }],
    ['no media section', { type: 'offer', sdp: `v=0\r\n${fingerprint(1)}` }],
    ['no fingerprint', { type: 'offer', sdp: sdpWith('') }],
    ['a sha-1 fingerprint', { type: 'offer', sdp: sdpWith(fingerprint(1, 'sha-1')) }],
    ['two fingerprints', { type: 'offer', sdp: sdpWith(fingerprint(1) + fingerprint(2)) }],
    ['control characters', { type: 'offer', sdp: `${sdpWith(fingerprint(1))}\0` }],
    ['a huge sdp', { type: 'offer', sdp: sdpWith(fingerprint(1)).padEnd(9_000, ' ') }],
    ['a candidate of two lines', { candidate: { candidate: 'candidate:1\r\nx', sdpMid: '0' } }],
    ['a candidate of no section', { candidate: { candidate: 'candidate:1' } }],
    ['a candidate of another sort', { candidate: { candidate: 'm=audio', sdpMid: '0' } }],
    ['nothing', null],
    ['text', 'offer'],
  ])('S1: a signal with %s is refused', (_, value) => {
    expect(rebuildSignal(value)).toBeUndefined();
    expect(decodeSignals(encode([candidate, value]))).toBeUndefined();
  });

  it('S1: what is sent is read back, in as few messages as the limit allows', () => {
    const offer: Signal = { type: 'offer', sdp: sdpWith(fingerprint(7)) };
    const signals = [offer, ...Array.from({ length: 400 }, () => candidate)];
    const messages = encodeSignals(signals);
    expect(messages.length).toBeLessThan(4);
    for (const message of messages) expect(message.length).toBeLessThanOrEqual(limits.signalBytes);
    expect(messages.flatMap((message) => decodeSignals(message) ?? [])).toEqual(signals);
    expect(encodeSignals([])).toEqual([]);
  });

  it('S1: the largest signals that are accepted fit a message each', () => {
    const sdp = (sdpWith(fingerprint(1)) + 'a=\r\n'.repeat(2_000)).slice(0, 8_192);
    const largest = rebuildSignal({ type: 'answer', sdp });
    expect(largest).toBeDefined();
    const messages = encodeSignals(largest === undefined ? [] : [largest, largest, largest]);
    for (const message of messages) expect(message.length).toBeLessThanOrEqual(limits.signalBytes);
  });

  it('decoding is total: any bytes and any JSON give signals or undefined', () => {
    const value = fc.oneof(
      fc.constant(candidate),
      fc.record({ type: fc.constantFrom('offer', 'answer'), sdp: fc.string() }),
      fc.record({ candidate: fc.anything() }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.array(value).map(encode)), (bytes) => {
        for (const signal of decodeSignals(bytes) ?? []) {
          expect(rebuildSignal(signal)).toEqual(signal);
        }
      }),
    );
  });
});

describe('fingerprints', () => {
  it('S4: both ends bind to both fingerprints, the lower first', () => {
    const [low, high] = [sdpWith(fingerprint(1)), sdpWith(fingerprint(2))];
    const joined = concat(new Uint8Array(32).fill(1), new Uint8Array(32).fill(2));
    expect(bindingOf(low, high, (bytes) => bytes)).toEqual(joined);
    expect(bindingOf(high, low, (bytes) => bytes)).toEqual(joined);
  });

  it('S4: without two SHA-256 fingerprints there is no binding', () => {
    const good = sdpWith(fingerprint(1));
    expect(bindingOf(undefined, good, (bytes) => bytes)).toBeUndefined();
    expect(bindingOf(good, sdpWith(fingerprint(1, 'sha-512')), (bytes) => bytes)).toBeUndefined();
    expect(bindingOf(good, sdpWith('a=fingerprint:sha-256 00:11\r\n'), (bytes) => bytes)).toBe(
      undefined,
    );
  });

  it('the same fingerprint said twice, in any case, is one', () => {
    expect(fingerprintOf(sdpWith(fingerprint(255) + fingerprint(255).toLowerCase()))).toEqual(
      new Uint8Array(32).fill(255),
    );
  });
});
