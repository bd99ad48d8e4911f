import { describe, expect, it } from 'vitest';
import { Core } from '../core.ts';
import { sessionOf, standIn } from '../testing/attested.ts';
import { proofOf } from '../testing/signatures.ts';
import { Awareness } from './awareness.ts';

function awareness(): { awareness: Awareness; core: Core } {
  const self = sessionOf(1);
  const info = new Uint8Array(0);
  const identity = { self, incarnation: 1, proof: proofOf(self), info, hash: standIn };
  const core = new Core({ ...identity, random: () => 0.5 });
  return { awareness: new Awareness(core), core };
}

describe('local health', () => {
  it('M8: a round late by over a second costs one, one in time gives it back', () => {
    const { awareness: own } = awareness();
    own.round(1000);
    expect([own.health, own.scale]).toEqual([0, 1]);
    own.round(1001);
    expect([own.health, own.scale]).toEqual([1, 2]);
    own.round(0);
    expect(own.health).toBe(0);
    own.round(0);
    expect(own.health).toBe(0);
  });

  it('M8: a wrong suspicion costs one, and the interval it falls into gives nothing back', () => {
    const { awareness: own } = awareness();
    own.wronged();
    own.wronged();
    expect(own.health).toBe(2);
    own.round(0);
    expect(own.health).toBe(2);
    own.round(0);
    expect(own.health).toBe(1);
  });

  it('M8: it is 7 at most', () => {
    const { awareness: own } = awareness();
    for (let i = 0; i < 10; i++) own.wronged();
    expect(own.health).toBe(7);
    for (let i = 0; i < 10; i++) own.round(5000);
    expect([own.health, own.scale]).toEqual([7, 8]);
  });

  it('M8: after a pause nobody is accused for one interval', () => {
    const { awareness: own, core } = awareness();
    expect(own.mutedUntil).toBe(0);
    core.now = 5000;
    own.mute();
    expect(own.mutedUntil).toBe(6000);
  });
});
