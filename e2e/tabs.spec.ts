import { Member } from './fixtures/member.ts';
import { expect, test } from './fixtures/world.ts';

test('several tabs of one profile, duplicated ones too, store each delta once', async ({
  world,
}) => {
  const profile = await world.profile();
  const first = await world.member(undefined, profile);
  const link = await first.link();
  await first.put('n', 'one', '1');
  const second = await world.member(link, profile);
  await second.has('n', 'one', '1');
  await second.put('n', 'two', '2');
  // A duplicated tab is opened by the other one and copies its sessionStorage.
  const [page] = await Promise.all([
    profile.waitForEvent('page'),
    first.page.evaluate(() => window.open(location.href)),
  ]);
  const third = new Member(page);
  await third.ready();
  for (const member of [first, second, third]) {
    await member.inSyncWith(2);
    await member.has('n', 'two', '2');
  }
  await third.put('n', 'three', '3');
  await first.has('n', 'three', '3');
  const ids = await Promise.all(
    [first, second, third].map((m) => m.page.evaluate(() => globalThis.grapevine?.self.id)),
  );
  expect(new Set(ids).size).toBe(3);
  const authors = await Promise.all(
    [first, second].map((m) => m.page.evaluate(() => globalThis.grapevine?.self.author)),
  );
  expect(new Set(authors).size).toBe(1);
  const rows = await first.page.evaluate(async () => {
    const { name } =
      (await indexedDB.databases()).find((d) => d.name?.startsWith('grapevine')) ?? {};
    return new Promise<number>((resolve, reject) => {
      const request = indexedDB.open(name ?? '');
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const count = request.result.transaction('deltas').objectStore('deltas').count();
        count.onsuccess = () => {
          resolve(count.result);
          request.result.close();
        };
      };
    });
  });
  // Three sessions wrote once each, each after the delta that opens its feed.
  expect(rows).toBe(6);
});

test('two tabs of one profile with signaling and network down', async ({ world }) => {
  const profile = await world.profile();
  const first = await world.member(undefined, profile);
  const link = await first.link();
  await first.put('n', 'before', 'saved');
  await first.page.evaluate(() => navigator.serviceWorker.ready);
  await first.page.reload();
  await first.ready();
  await world.server.stop();
  await profile.setOffline(true);

  const second = await world.member(link, profile);
  await second.has('n', 'before', 'saved');
  await second.inSyncWith(1);
  await second.put('n', 'offline', 'heard next door');
  await first.has('n', 'offline', 'heard next door');
});
