import { fromUtf8 } from '@grapevine/wire';
import { createVirtualClock } from '@grapevine/ports/conformance';
import { describe, expect, it } from 'vitest';
import { candidateType, hasTurn, noPathError } from './diagnosis.ts';
import { SignalInbox } from './inbox.ts';
import { local } from './local-limits.ts';
import { SignalOutbox } from './outbox.ts';
import { qualityOf } from './quality.ts';
import { candidate, fingerprint, sdpWith } from './sdp-sample.ts';
import type { Signal } from './signals.ts';

const offer: Signal = { type: 'offer', sdp: sdpWith(fingerprint(1)) };

describe('the outbox of signals', () => {
  it('an offer and the candidates that follow it within 10 ms are one message', () => {
    const clock = createVirtualClock();
    const sent: unknown[] = [];
    const outbox = new SignalOutbox(clock, 10, (bytes) =>
      sent.push(JSON.parse(fromUtf8(bytes) ?? '')),
    );
    outbox.push(offer);
    clock.advance(9);
    outbox.push(candidate);
    expect(sent).toEqual([]);
    clock.advance(1);
    outbox.push(candidate);
    outbox.flush();
    outbox.flush();
    expect(sent).toEqual([[offer, candidate], [candidate]]);
    expect(clock.pending).toBe(0);
  });

  it('is silent once closed', () => {
    const clock = createVirtualClock();
    const sent: Uint8Array[] = [];
    const outbox = new SignalOutbox(clock, 10, (bytes) => sent.push(bytes));
    outbox.push(offer);
    outbox.close();
    outbox.push(offer);
    outbox.flush();
    clock.advance(100);
    expect(sent).toEqual([]);
  });
});

describe('the inbox of signals', () => {
  it('candidates that come early wait for their description, and all for the connection', () => {
    const inbox = new SignalInbox('offer');
    const applied: Signal[] = [];
    inbox.take(candidate);
    inbox.take(offer);
    inbox.take(candidate);
    inbox.attach((signal) => applied.push(signal));
    inbox.take(candidate);
    expect(applied).toEqual([offer, candidate, candidate, candidate]);
  });

  it('S2: takes the description its role expects and no other', () => {
    expect(new SignalInbox('answer').take(offer)).toContain('offer');
    expect(new SignalInbox('offer').take({ ...offer, type: 'answer' })).toContain('answer');
  });

  it('S4: a later description with another certificate is refused', () => {
    const inbox = new SignalInbox('offer');
    expect(inbox.take(offer)).toBeUndefined();
    expect(inbox.take(offer)).toBeUndefined();
    const other: Signal = { type: 'offer', sdp: sdpWith(fingerprint(2)) };
    expect(inbox.take(other)).toContain('certificate');
  });

  it('has a limit on all that it takes', () => {
    const early = new SignalInbox('offer');
    for (let i = 0; i < local.heldCandidates; i++) expect(early.take(candidate)).toBeUndefined();
    expect(early.take(candidate)).toContain('too many');
    const inbox = new SignalInbox('offer');
    for (let i = 0; i < local.descriptions; i++) expect(inbox.take(offer)).toBeUndefined();
    expect(inbox.take(offer)).toContain('too many');
    for (let i = 0; i < local.candidates; i++) expect(inbox.take(candidate)).toBeUndefined();
    expect(inbox.take(candidate)).toContain('too many');
  });

  it('applies nothing once closed', () => {
    const inbox = new SignalInbox('offer');
    const applied: Signal[] = [];
    inbox.attach((signal) => applied.push(signal));
    inbox.close();
    inbox.take(offer);
    expect(applied).toEqual([]);
  });
});

describe('the quality of a link', () => {
  const pair = { id: 'P', type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' };
  const ends = (
    local: string,
    remote: string,
  ): { id: string; type: string; candidateType: string }[] => [
    { id: 'L', type: 'local-candidate', candidateType: local },
    { id: 'R', type: 'remote-candidate', candidateType: remote },
  ];
  const transport = { id: 'T', type: 'transport', selectedCandidatePairId: 'P' };

  it.each([
    ['host', 'host', 'host'],
    ['host', 'prflx', 'prflx'],
    ['srflx', 'host', 'srflx'],
    ['srflx', 'relay', 'relay'],
  ])('a pair of %s and %s travels by %s', (local, remote, path) => {
    const reports = [transport, { ...pair, currentRoundTripTime: 0.0125 }, ...ends(local, remote)];
    expect(qualityOf(reports)).toEqual({ path, rttMs: 12.5 });
  });

  it('without a transport report the nominated pair that succeeded counts', () => {
    const failed = {
      ...pair,
      id: 'F',
      remoteCandidateId: 'none',
      nominated: false,
      state: 'failed',
    };
    const good = { ...pair, nominated: true, state: 'succeeded' };
    expect(qualityOf([failed, good, ...ends('host', 'host')])).toEqual({
      path: 'host',
      rttMs: undefined,
    });
  });

  it('without a path it says so', () => {
    expect(() => qualityOf([])).toThrow('no path');
    expect(() => qualityOf([transport, ...ends('host', 'host')])).toThrow('no path');
  });
});

describe('what a failed dial says', () => {
  const seen = {
    gathered: new Set(['host', 'srflx']),
    answered: true,
    hasTurn: false,
    serversMissing: undefined,
  };

  it('names TURN where no relay candidate was gathered', () => {
    const error = noPathError(seen);
    expect(error.code).toBe('link-failed');
    expect(error.message).toContain('no relay candidate');
    expect(error.action).toContain('TURN');
  });

  it('says so where even the relay did not help, nothing was gathered or nobody answered', () => {
    const relayed = { ...seen, gathered: new Set(['host', 'relay']) };
    expect(noPathError(relayed).message).toContain('TURN server');
    expect(noPathError({ ...seen, gathered: new Set() }).message).toContain('no network address');
    expect(noPathError({ ...seen, answered: false }).message).toContain('did not answer');
  });

  it('blames a TURN server that is configured but gave no relay candidate', () => {
    const error = noPathError({ ...seen, hasTurn: true });
    expect(error.message).toContain('the TURN server gave no relay candidate');
    expect(error.action).toContain('credentials');
  });

  it('finds a TURN server by any of its addresses', () => {
    expect(hasTurn([])).toBe(false);
    expect(hasTurn([{ urls: 'stun:192.0.2.1' }, { urls: ['stun:return.example'] }])).toBe(false);
    expect(hasTurn([{ urls: 'turn:192.0.2.1' }])).toBe(true);
    expect(hasTurn([{ urls: ['stun:192.0.2.1', 'turns:192.0.2.1'] }])).toBe(true);
  });

  it('tells why there were no ICE servers', () => {
    expect(noPathError({ ...seen, serversMissing: 'offline' }).message).toContain('offline');
  });

  it('reads the type of a candidate', () => {
    expect(candidateType(candidate.candidate.candidate)).toBe('host');
    expect(candidateType('candidate:1 1 udp')).toBeUndefined();
  });
});
