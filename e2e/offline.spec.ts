import type { CDPSession } from '@playwright/test';
import { Member } from './fixtures/member.ts';
import { expect, test } from './fixtures/world.ts';

/** Cuts and mends everything a page sends, data channels included; the rule must be there before the first connection. */
async function cable(member: Member): Promise<{ cut(): Promise<void>; mend(): Promise<void> }> {
  const session: CDPSession = await member.context.newCDPSession(member.page);
  await session.send('Network.enable');
  const set = async (packetLoss: number, offline: boolean) => {
    const conditions = { urlPattern: '', latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    const rule = { ...conditions, packetLoss, packetQueueLength: 0, packetReordering: false };
    await session.send(
      'Network.emulateNetworkConditionsByRule' as never,
      {
        offline,
        matchedNetworkConditions: [rule],
      } as never,
    );
  };
  await set(0, false);
  return { cut: () => set(100, true), mend: () => set(0, false) };
}

test('edits made while the network is cut converge when it is back', async ({ world }) => {
  const first = await world.member();
  const link = await first.link();
  const second = new Member(await (await world.profile()).newPage());
  await second.page.goto('about:blank');
  const wire = await cable(second);
  await second.open(link);
  await second.inSyncWith(1);

  await wire.cut();
  await first.put('n', 'here', 'written while apart');
  await second.put('n', 'there', 'written offline');
  await first.sees('dead');
  expect(await first.get('n', 'there')).toBeUndefined();

  await wire.mend();
  await second.has('n', 'here', 'written while apart');
  await first.has('n', 'there', 'written offline');
  await first.inSyncWith(1);
  await second.inSyncWith(1);
  expect(await first.dump()).toEqual(await second.dump());
});

test('signaling stops: the room lives on, and says what is the matter', async ({ world }) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await first.inSyncWith(1);
  await world.server.stop();
  await first.put('n', 'a', 'without a server');
  await second.has('n', 'a', 'without a server');
  await second.put('n', 'b', 'and back');
  await first.has('n', 'b', 'and back');
  await first.problem('signaling-unreachable');
  expect((await first.status()).state).toBe('in-sync');

  await world.server.start();
  await first.noProblems();
  const third = await world.member(await first.link());
  await third.has('n', 'b', 'and back');
});

test('written alone with the server down, met later', async ({ world }) => {
  const first = await world.member();
  const link = await first.link();
  // What the page is made of is here: a part that fails to load says so, and needs a reload.
  await first.page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await world.server.stop();
  await first.put('n', 'alone', 'kept');
  await world.server.start();
  const second = await world.member(link);
  await second.has('n', 'alone', 'kept');
});
