import { GossipNode } from '@grapevine/gossip';
import { createMemoryNetwork, createVirtualClock, openPair } from '@grapevine/ports/conformance';
import { sha256 } from '@grapevine/replica';
import { expect, it, onTestFinished } from 'vitest';
import { GossipDriver, type Effects } from './gossip-driver.ts';

const id = (n: number) => n.toString(16).padStart(32, '0');
const nothing = () => undefined;

async function create() {
  const gone: string[] = [];
  const node = new GossipNode({
    self: id(1),
    incarnation: 0,
    proof: new Uint8Array(48),
    info: new Uint8Array(),
    random: () => 0.5,
    hash: sha256,
  });
  const effects: Effects = {
    validate: nothing,
    readRuns: nothing,
    readValue: nothing,
    valueChunk: nothing,
    member: nothing,
    ephemeral: nothing,
    signal: nothing,
    unreachable: nothing,
    dial: nothing,
    rendezvous: nothing,
    sign: nothing,
    verify: nothing,
    aggregate: nothing,
    sync: nothing,
  };
  const clock = createVirtualClock();
  const driver = new GossipDriver(node, clock, effects, (member) => gone.push(member));
  const network = createMemoryNetwork();
  const link = () => openPair(network.createTransport(), network.createTransport());
  return { driver, gone, clock, link };
}

it('a link that throws holds up no other, and the error is seen', async () => {
  const seen: unknown[] = [];
  const see = (error: unknown): void => void seen.push(error);
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', see);
  onTestFinished(() => {
    process.off('uncaughtException', see);
    for (const other of others) process.on('uncaughtException', other);
  });
  const { driver, link } = await create();
  const [broken, sound] = [await link(), await link()];
  driver.attach(id(2), broken.low, []);
  driver.attach(id(3), sound.low, []);
  await Promise.resolve();
  const heard: Uint8Array[] = [];
  sound.high.onMessage = (message) => heard.push(message);
  await new Promise((resolve) => void setTimeout(resolve));
  const before = heard.length;
  broken.low.send = () => {
    throw new RangeError('a bug of an adapter');
  };
  driver.handle({ type: 'hidden', hidden: true });
  await new Promise((resolve) => void setTimeout(resolve));
  expect(heard.length).toBeGreaterThan(before);
  expect(seen.map(String)).toEqual(['RangeError: a bug of an adapter']);
});

it('tells of every link that ends, once, whoever ended it', async () => {
  const { driver, link, gone } = await create();
  const [one, two] = [await link(), await link()];
  driver.attach(id(2), one.low, []);
  driver.attach(id(3), two.low, []);
  one.high.close();
  await new Promise((resolve) => void setTimeout(resolve));
  expect(gone).toEqual([id(2)]);
  expect(driver.linkTo(id(2))).toBeUndefined();
  driver.leave();
  await new Promise((resolve) => void setTimeout(resolve));
  expect(gone).toEqual([id(2), id(3)]);
});

it('after `stop` nothing is handled and no timer is left', async () => {
  const { driver, clock } = await create();
  driver.handle({ type: 'start' });
  expect(clock.pending).toBeGreaterThan(0);
  driver.stop();
  driver.handle({ type: 'start' });
  expect(clock.pending).toBe(0);
});
