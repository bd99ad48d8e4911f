import { createVirtualClock, seededRandom } from '@grapevine/ports/conformance';
import { createRoomLink, formatRoomLink, Log, type Session } from '@grapevine/replica';
import { concat, utf8 } from '@grapevine/wire';
import { expect, it } from 'vitest';
import { AuthorKeys } from './author-keys.ts';
import { identify } from './testing/scripted-member.ts';

const link = formatRoomLink(createRoomLink(seededRandom(1)));
const { keys, crypto, session: ann } = await identify(link, 1);
const { session: bob } = await identify(link, 2);
const bytes = utf8('what is said');

const proofOf = ({ key, salt }: Session) => concat(key.publicKey, salt);

function create() {
  const { topic, writePublicKey } = keys;
  const log = new Log({ topic, writePublicKey, crypto, rules: new Map() });
  return { log, known: new AuthorKeys({ topic, crypto, log }) };
}

async function claim(of: Session, by = of) {
  return { member: of.id, proof: undefined, bytes, signature: await by.key.sign(bytes) };
}

it('section 7: a proof shows whose a member is, and from then on it is known', async () => {
  const { known } = create();
  const said = await claim(ann);
  expect(await known.verify(said)).toBe(false);
  expect(known.author(ann.id)).toBeUndefined();
  expect(await known.verify({ ...said, proof: proofOf(ann) })).toBe(true);
  expect(known.author(ann.id)).toBe(ann.author);
  expect(await known.verify(said)).toBe(true);
  expect(await known.verify({ ...said, bytes: utf8('something else') })).toBe(false);
});

it('L1: a key the session id does not follow from proves nothing', async () => {
  const { known } = create();
  const forged = await claim(ann, bob);
  for (const proof of [proofOf(bob), new Uint8Array(48), new Uint8Array(0), new Uint8Array(90)]) {
    expect(await known.verify({ ...forged, proof })).toBe(false);
  }
  expect(await known.verify({ ...forged, proof: proofOf(ann) })).toBe(false);
  expect(known.author(ann.id)).toBeUndefined();
});

it('what is no signature is none, whatever its length', async () => {
  const { known } = create();
  known.learn(ann.id, ann.key.publicKey);
  const said = await claim(ann);
  for (const length of [0, 63, 64, 65]) {
    expect(await known.verify({ ...said, signature: new Uint8Array(length) })).toBe(false);
  }
  expect(await known.verify(said)).toBe(true);
});

it('a feed says whose its session is', async () => {
  const { known, log } = create();
  const clock = createVirtualClock();
  const draft = { kind: 9, document: '', body: bytes, values: [] };
  log.author(ann, [draft], () => clock.now() * 1_024);
  expect(known.author(ann.id)).toBe(ann.author);
  expect(await known.verify(await claim(ann))).toBe(true);
});

it('keys are remembered in a bounded number, those in use before all', () => {
  const { known } = create();
  known.learn(ann.id, ann.key.publicKey);
  for (let n = 0; n < 5_000; n++) {
    known.learn(n.toString(16).padStart(32, '0'), bob.key.publicKey);
    if (n % 1_000 === 0) known.learn(ann.id, ann.key.publicKey);
  }
  expect(known.author(ann.id)).toBe(ann.author);
  expect(known.author((903).toString(16).padStart(32, '0'))).toBeUndefined();
  expect(known.author((906).toString(16).padStart(32, '0'))).toBe(bob.author);
});
