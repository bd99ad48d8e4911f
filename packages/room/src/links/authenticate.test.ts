import {
  createMemoryNetwork,
  createVirtualClock,
  openPair,
  seededRandom,
} from '@grapevine/ports/conformance';
import { createRoomLink, formatRoomLink, Handshake } from '@grapevine/replica';
import { expect, it } from 'vitest';
import { identify } from '../testing/scripted-member.ts';
import { codeOf } from '../testing/world.ts';
import { authenticate } from './authenticate.ts';

const link = formatRoomLink(createRoomLink(seededRandom(1)));

async function twoEnds() {
  const network = createMemoryNetwork();
  const { low, high } = await openPair(network.createTransport(), network.createTransport());
  const [one, two] = [await identify(link, 1), await identify(link, 2)];
  const random = seededRandom(3);
  const start = (who: typeof one, peer: string, end: typeof low) =>
    new Handshake({ ...who, random, peer, binding: end.binding });
  return {
    low,
    high,
    one,
    two,
    clock: createVirtualClock(),
    ours: start(one, two.session.id, low),
    theirs: start(two, one.session.id, high),
  };
}

it("S4: gives both authors' keys, and keeps what came right behind the proof", async () => {
  const { low, high, one, two, ours, theirs, clock } = await twoEnds();
  const other = authenticate(high, theirs, clock).then((proved) => {
    high.send(Uint8Array.of(1, 2, 3));
    return proved;
  });
  const proved = await authenticate(low, ours, clock);
  expect(proved.authorKey).toEqual(two.session.key.publicKey);
  expect((await other).authorKey).toEqual(one.session.key.publicKey);
  await Promise.resolve();
  const held: Uint8Array[] = [...proved.early];
  low.onMessage = (message) => held.push(message);
  await new Promise((resolve) => void setTimeout(resolve));
  expect(held).toEqual([Uint8Array.of(1, 2, 3)]);
  expect(clock.pending).toBe(0);
});

it('tells of a link that ended when its handshake was just done', async () => {
  const { low, high, ours, theirs, clock } = await twoEnds();
  const other = authenticate(high, theirs, clock);
  const proved = await authenticate(low, ours, clock);
  await other;
  expect(proved.hasEnded()).toBe(false);
  high.close();
  await new Promise((resolve) => void setTimeout(resolve));
  expect(proved.hasEnded()).toBe(true);
});

it('S4: gives up after 5 s of silence, and closes the link', async () => {
  const { low, high, ours, clock } = await twoEnds();
  let closed = false;
  high.onClose = () => {
    closed = true;
  };
  const proving = codeOf(authenticate(low, ours, clock));
  clock.advance(5_000);
  expect(await proving).toBe('handshake-failed');
  await Promise.resolve();
  expect(closed).toBe(true);
});

it('holds a bounded number of messages of whoever talks before the proof was checked', async () => {
  const { low, high, ours, clock } = await twoEnds();
  const proving = codeOf(authenticate(low, ours, clock));
  for (let n = 0; n < 200; n++) high.send(Uint8Array.of(n));
  expect(await proving).toBe('handshake-failed');
});
