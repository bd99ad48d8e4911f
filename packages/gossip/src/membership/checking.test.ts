import { describe, expect, it } from 'vitest';
import { Attest } from '../attest.ts';
import { Core } from '../core.ts';
import { Neighbour } from '../links/neighbour.ts';
import { self, sessionOf, standIn } from '../testing/attested.ts';
import { proofOf } from '../testing/signatures.ts';
import { Checking } from './checking.ts';

const info = new Uint8Array(0);

function setUp() {
  const identity = { self, incarnation: 1, proof: proofOf(self), info, hash: standIn };
  const core = new Core({ ...identity, random: () => 0.5 });
  const attest = new Attest(core);
  const meet = (byte: number) =>
    new Neighbour(byte, sessionOf(byte), core.settings, core.stats, core.now);
  return { core, attest, checking: new Checking(core, attest), meet };
}

const stated = (signature: number) => {
  return {
    member: sessionOf(9),
    proof: undefined,
    bytes: info,
    signature: new Uint8Array(64).fill(signature),
  };
};

describe('statements under way', () => {
  it('M2: what several send while it is checked is checked once, and all who sent it are named', () => {
    const { core, attest, checking, meet } = setUp();
    const [a, b] = [meet(1), meet(2)];
    const proven: (readonly Neighbour[])[] = [];
    checking.check('x', a, stated(1), (sources) => proven.push(sources));
    checking.check('x', b, stated(1), (sources) => proven.push(sources));
    const [question, ...others] = core.takeEffects();
    expect([question?.type, others]).toEqual(['verify', []]);
    if (question?.type === 'verify') attest.verified(question.id, true);
    expect(proven).toEqual([[a, b]]);
    checking.check('x', b, stated(1), (sources) => proven.push(sources));
    expect(core.takeEffects()).toMatchObject([{ type: 'verify' }]);
  });

  it('M2: what differs in what it says, or in its proof, is proven by itself', () => {
    for (const altered of [{ bytes: Uint8Array.of(1) }, { proof: new Uint8Array(4) }]) {
      const { core, attest, checking, meet } = setUp();
      const [a, b] = [meet(1), meet(2)];
      const proven: (readonly Neighbour[])[] = [];
      const then = (sources: readonly Neighbour[]) => proven.push(sources);
      const statement = { ...stated(1), proof: new Uint8Array(3) };
      checking.check('x', a, { ...statement, ...altered }, then);
      checking.check('x', b, statement, then);
      const [wrong, right] = core.takeEffects().filter((effect) => effect.type === 'verify');
      if (wrong === undefined || right === undefined) throw new Error('one was not checked');
      attest.verified(wrong.id, false);
      attest.verified(right.id, true);
      expect([a.gone, b.gone]).toEqual([true, false]);
      expect(proven).toEqual([[b]]);
    }
  });

  it('M2: all who sent a wrong one are let go, and a true one of that name beside it holds', () => {
    const { core, attest, checking, meet } = setUp();
    const [a, b, c, d] = [meet(1), meet(2), meet(3), meet(4)];
    const proven: (readonly Neighbour[])[] = [];
    for (const [neighbour, signature] of [
      [a, 1],
      [b, 1],
      [c, 2],
      [d, 1],
    ] as const) {
      checking.check('x', neighbour, stated(signature), (sources) => proven.push(sources));
    }
    const questions = core.takeEffects().filter((effect) => effect.type === 'verify');
    expect(questions).toHaveLength(2);
    for (const { id, signature } of questions) attest.verified(id, signature[0] === 2);
    expect(proven).toEqual([[c]]);
    expect([a, b, c, d].map(({ gone }) => gone)).toEqual([true, true, false, true]);
    expect(core.takeEffects()).toMatchObject([1, 2, 4].map((link) => ({ type: 'close', link })));
  });

  it('M2: where it cannot be checked nobody is let go, and it is asked about when it comes again', () => {
    const { core, attest, checking, meet } = setUp();
    const a = meet(1);
    const proven: (readonly Neighbour[])[] = [];
    const check = () => checking.check('x', a, stated(1), (sources) => proven.push(sources));
    check();
    for (const effect of core.takeEffects()) {
      if (effect.type === 'verify') attest.verified(effect.id, undefined);
    }
    expect([proven, a.gone, core.takeEffects()]).toEqual([[], false, []]);
    check();
    expect(core.takeEffects()).toMatchObject([{ type: 'verify' }]);
  });

  it('M2: beyond 4,096 open questions a statement is passed over, and asked about when it comes again', () => {
    const { core, attest, checking, meet } = setUp();
    const a = meet(1);
    for (let i = 0; i < 4096; i++) checking.check(`${i}`, a, stated(1), () => undefined);
    const [first] = core.takeEffects();
    checking.check('x', a, stated(1), () => undefined);
    expect(core.takeEffects()).toEqual([]);
    if (first?.type === 'verify') attest.verified(first.id, true);
    checking.check('x', a, stated(1), () => undefined);
    expect(core.takeEffects()).toHaveLength(1);
    expect(a.gone).toBe(false);
  });
});
