import { Member } from './fixtures/member.ts';
import { expect, test } from './fixtures/world.ts';

test('a reload loses nothing', async ({ world }) => {
  const member = await world.member();
  await member.put('n', 'k', 'still here');
  await member.page.reload();
  await member.ready();
  expect(await member.get('n', 'k')).toBe('still here');
  // The next page load is a new session of the same author.
  const versions = await member.page.evaluate(() => globalThis.grapevine?.history('n', 'k'));
  const self = await member.page.evaluate(() => globalThis.grapevine?.self);
  expect(versions?.[0]?.actor.id).toBe(self?.author);
  expect(versions?.[0]?.session).not.toBe(self?.id);
});

test('everybody closes, anybody reopens, nothing is lost', async ({ world }) => {
  const profiles = [await world.profile(), await world.profile()];
  const first = await world.member(undefined, profiles[0]);
  const link = await first.link();
  const second = await world.member(link, profiles[1]);
  await first.put('n', 'first', '1');
  await second.put('n', 'second', '2');
  await first.has('n', 'second', '2');
  await second.has('n', 'first', '1');
  const before = await first.dump();
  await first.page.close();
  await second.page.close();

  const again = await world.member(link, profiles[1]);
  expect(await again.dump()).toEqual(before);
  const other = await world.member(link, profiles[0]);
  expect(await other.dump()).toEqual(before);
  await other.inSyncWith(1);
});

test('what came in just before a reload is there after it, with nobody to fetch it from', async ({
  world,
}) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await first.put('n', 'early', 'the first word');
  await second.has('n', 'early');
  await second.put('n', 'late', 'the last word');
  await first.has('n', 'late', 'the last word');
  await Promise.all([first.page.reload(), second.page.close()]);
  await first.ready();
  expect(await first.get('n', 'late')).toBe('the last word');
});

test('a damaged row is dropped and fetched again from another member', async ({ world }) => {
  const profile = await world.profile();
  const first = await world.member(undefined, profile);
  const link = await first.link();
  const second = await world.member(link);
  for (let i = 0; i < 5; i++) await first.put('n', `k${i}`, `v${i}`);
  await second.has('n', 'k4', 'v4');
  await first.page.evaluate(async () => {
    const { name } =
      (await indexedDB.databases()).find((d) => d.name?.startsWith('grapevine')) ?? {};
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name ?? '');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const transaction = database.transaction('deltas', 'readwrite');
    const cursor = transaction.objectStore('deltas').openCursor();
    await new Promise<void>((resolve) => {
      let place = 0;
      cursor.onsuccess = () => {
        const { result } = cursor;
        if (!result) return resolve();
        if (place++ === 3) {
          const row = result.value as { bytes: Uint8Array };
          row.bytes = row.bytes.map((byte) => byte ^ 255);
          result.update(row);
        }
        result.continue();
      };
    });
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    database.close();
  });
  await first.page.close();

  const again = await world.member(link, profile);
  await again.has('n', 'k4', 'v4');
  await again.inSyncWith(1);
  expect(await again.dump()).toEqual(await second.dump());
  await second.page.close();
  await again.page.reload();
  await again.ready();
  expect(await again.dump()).toHaveLength(5);
});

test('a full disk is told, and nothing is lost while the page is open', async ({ world }) => {
  const member = new Member(await (await world.profile()).newPage());
  const session = await member.context.newCDPSession(member.page);
  const origin = world.server.url;
  // Before the first write: afterwards the browser goes by what it had measured.
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 3_000_000 });
  await member.open(origin);
  await member.put('n', 'before', 'fits');
  const outcome = await member.page.evaluate(async () => {
    try {
      for (let i = 0; i < 40; i++) {
        // Chance, so that the database cannot make it smaller.
        const bytes = new Uint8Array(200_000);
        for (let at = 0; at < bytes.length; at += 50_000) {
          crypto.getRandomValues(bytes.subarray(at, at + 50_000));
        }
        await globalThis.grapevine?.put('n', `big${i}`, bytes);
      }
      return 'written';
    } catch (error) {
      return (error as { code?: string }).code;
    }
  });
  expect(outcome).toBe('storage-full');
  await member.problem('storage-full');
  const before = await member.dump();
  expect(before.length).toBeGreaterThan(2);

  // Others still get everything, and once there is room it is saved after all.
  const second = await world.member(await member.link());
  await second.until((count) => globalThis.grapevine?.stats().entries === count, before.length);
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  await member.noProblems();
  await second.page.close();
  await member.page.reload();
  await member.ready();
  expect(await member.dump()).toEqual(before);
});
