import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '@grapevine/wire';
import { nobleCrypto } from './crypto/noble.ts';
import { Handshake } from './handshake.ts';
import type { HandshakeOptions } from './handshake.ts';
import { deriveRoomKeys } from './keys.ts';
import { crypto, newWriter, roomKeys, seededRandom } from './log/testing.ts';
import { openSession } from './session.ts';

const alice = await newWriter();
const bob = await newWriter();
const mallory = await newWriter();
const binding = new Uint8Array(32).fill(7);
let seeds = 100;

function side(more: Partial<HandshakeOptions>): Handshake {
  const random = seededRandom(seeds++);
  return new Handshake({
    keys: roomKeys,
    session: alice,
    peer: bob.id,
    binding,
    crypto,
    random,
    ...more,
  });
}

/** Runs both sides against each other; the outcomes, errors as their codes. */
async function meet(one: Handshake, two: Handshake) {
  const proofs = await Promise.allSettled([one.receive(two.first()), two.receive(one.first())]);
  const [ofOne, ofTwo] = proofs.map((step) =>
    step.status === 'fulfilled' ? step.value.reply : undefined,
  );
  const ends = await Promise.allSettled([
    one.receive(ofTwo ?? new Uint8Array(0)),
    two.receive(ofOne ?? new Uint8Array(0)),
  ]);
  return ends.map((end) => (end.status === 'fulfilled' ? end.value.done?.author : reasonCode(end)));
}

function reasonCode(end: PromiseRejectedResult): unknown {
  const error: unknown = end.reason;
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
}

const failed = 'handshake-failed';

describe('handshake', () => {
  it('S4: two members of a room learn who the other is', async () => {
    const outcome = await meet(side({}), side({ session: bob, peer: alice.id }));
    expect(outcome).toEqual([bob.author, alice.author]);
  });

  it('S4: readers are members too, and both kinds of crypto meet', async () => {
    const keys = await deriveRoomKeys(roomKeys.readLink, crypto);
    const noble = nobleCrypto();
    const reader = await openSession(keys, await noble.generateKey(), seededRandom(5));
    const one = side({ peer: reader.id });
    const two = side({ keys, session: reader, peer: alice.id, crypto: noble });
    expect(await meet(one, two)).toEqual([reader.author, alice.author]);
  });

  it('S4: swapped fingerprints, a machine in the middle, fail on both sides', async () => {
    const other = new Uint8Array(32).fill(8);
    const outcome = await meet(side({}), side({ session: bob, peer: alice.id, binding: other }));
    expect(outcome).toEqual([failed, failed]);
  });

  it('S4: without the admission key nobody gets in', async () => {
    const keys = { ...roomKeys, admissionKey: new Uint8Array(32) };
    const outcome = await meet(side({}), side({ keys, session: bob, peer: alice.id }));
    expect(outcome).toEqual([failed, failed]);
  });

  it('S4: a member of another room fails', async () => {
    const keys = await deriveRoomKeys({ mode: 'write', seed: new Uint8Array(32) }, crypto);
    const outcome = await meet(side({}), side({ keys, session: bob, peer: alice.id }));
    expect(outcome).toEqual([failed, failed]);
  });

  it('S4: a session id belongs to one key', async () => {
    const posing = { ...mallory, id: bob.id };
    const outcome = await meet(side({}), side({ session: posing, peer: alice.id }));
    expect(outcome[0]).toBe(failed);
    const withSalt = { ...posing, salt: bob.salt };
    expect((await meet(side({}), side({ session: withSalt, peer: alice.id })))[0]).toBe(failed);
  });

  it("S4: another's hello cannot be proved without its key", async () => {
    const stolen = { ...bob, key: { ...bob.key, sign: mallory.key.sign } };
    expect((await meet(side({}), side({ session: stolen, peer: alice.id })))[0]).toBe(failed);
  });

  it('S4: messages of an earlier handshake are worth nothing in the next', async () => {
    const [one, two] = [side({}), side({ session: bob, peer: alice.id })];
    const hello = two.first();
    await one.receive(hello);
    const { reply } = await two.receive(one.first());
    expect((await one.receive(reply ?? hello)).done?.author).toBe(bob.author);
    const again = side({});
    await again.receive(hello);
    await expect(again.receive(reply ?? hello)).rejects.toMatchObject({ code: failed });
  });

  it('S4: own messages sent back fail', async () => {
    const one = side({});
    await expect(one.receive(one.first())).rejects.toMatchObject({ code: failed });
    const self = side({ peer: alice.id });
    await expect(self.receive(self.first())).rejects.toMatchObject({ code: failed });
    const proof = side({});
    const { reply } = await proof.receive(side({ session: bob, peer: alice.id }).first());
    await expect(proof.receive(reply ?? binding)).rejects.toMatchObject({ code: failed });
  });

  it('S4: two handshakes of one session cannot be played against each other', async () => {
    expect(await meet(side({ peer: alice.id }), side({ peer: alice.id }))).toEqual([
      failed,
      failed,
    ]);
  });

  it('S4: our own nonce under another key fails', async () => {
    const one = side({});
    const nonce = one.first().subarray(50);
    const two = side({ session: bob, peer: alice.id, random: { bytes: () => nonce } });
    await expect(one.receive(two.first())).rejects.toMatchObject({ code: failed });
  });

  it('S4: nothing is taken after the end or after a failure', async () => {
    const [one, two] = [side({}), side({ session: bob, peer: alice.id })];
    const { reply } = await two.receive(one.first());
    await one.receive(two.first());
    await one.receive(reply ?? binding);
    await expect(one.receive(two.first())).rejects.toMatchObject({ code: failed });
    const broken = side({});
    await expect(broken.receive(binding)).rejects.toMatchObject({ code: failed });
    await expect(broken.receive(two.first())).rejects.toMatchObject({ code: failed });
  });

  it('S4: both messages may arrive before the first is judged', async () => {
    const [one, two] = [side({}), side({ session: bob, peer: alice.id })];
    const { reply } = await two.receive(one.first());
    const both = await Promise.all([one.receive(two.first()), one.receive(reply ?? binding)]);
    expect(both[1].done?.author).toBe(bob.author);
  });

  it('is total', async () => {
    const hello = side({ session: bob, peer: alice.id }).first();
    const input = fc.oneof(
      fc.uint8Array({ maxLength: 120 }),
      fc.nat(81).map((at) => concat(hello.subarray(0, at), hello.subarray(at + 1))),
    );
    await fc.assert(
      fc.asyncProperty(input, async (message) => {
        await expect(side({}).receive(message)).rejects.toMatchObject({ code: failed });
      }),
      { numRuns: 100 },
    );
  });
});
