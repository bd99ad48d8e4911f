import { describe, expect, it } from 'vitest';
import { Attest } from './attest.ts';
import { Core } from './core.ts';

function attest(): { core: Core; questions: Attest } {
  const [proof, info] = [new Uint8Array(48), new Uint8Array(0)];
  const identity = { self: '5'.repeat(32), incarnation: 1, proof, info };
  const core = new Core({ ...identity, random: () => 0.5, hash: (bytes) => bytes });
  return { core, questions: new Attest(core) };
}

const bytes = Uint8Array.of(1, 2);
const signature = new Uint8Array(64);
const statement = { member: '6'.repeat(32), proof: undefined, bytes, signature };

describe('questions about signatures', () => {
  it('M2: what is to be signed is asked, and what it comes to is told once', () => {
    const { core, questions } = attest();
    const seen: string[] = [];
    const ask = (name: string) =>
      questions.sign(
        bytes,
        () => seen.push(`${name} made`),
        () => seen.push(`${name} failed`),
      );
    ask('a');
    ask('b');
    questions.sign(bytes, () => seen.push('c made'));
    expect(core.takeEffects()).toEqual([
      { type: 'sign', id: 1, bytes },
      { type: 'sign', id: 2, bytes },
      { type: 'sign', id: 3, bytes },
    ]);
    questions.signed(2, signature);
    questions.signed(2, signature);
    questions.signed(1, undefined);
    questions.signed(1, signature);
    questions.signed(3, undefined);
    questions.signed(9, signature);
    expect(seen).toEqual(['b made', 'a failed']);
  });

  it('M2: what is to be verified is asked, and what it comes to is told once', () => {
    const { core, questions } = attest();
    const seen: unknown[] = [];
    expect(questions.verify(statement, (ok) => seen.push(ok))).toBe(true);
    expect(core.takeEffects()).toEqual([{ type: 'verify', id: 1, ...statement }]);
    questions.verified(2, true);
    questions.verified(1, false);
    questions.verified(1, true);
    expect(seen).toEqual([false]);
  });

  it('M2: of 4,096 questions open no more is asked, until one is answered', () => {
    const { core, questions } = attest();
    const ask = () => questions.verify(statement, () => undefined);
    for (let n = 0; n < 4096; n++) expect(ask()).toBe(true);
    expect(core.takeEffects()).toHaveLength(4096);
    expect(ask()).toBe(false);
    expect(core.takeEffects()).toEqual([]);
    questions.verified(7, true);
    expect(ask()).toBe(true);
  });
});
