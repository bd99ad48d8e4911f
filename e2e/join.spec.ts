import { expect, test } from './fixtures/world.ts';

for (const count of [2, 3, 8]) {
  test(`${count} members join by link, each writes, all hold the same`, async ({ world }) => {
    const first = await world.member();
    const link = await first.link();
    const members = [first];
    while (members.length < count) members.push(await world.member(link));

    for (const [place, member] of members.entries()) {
      await member.put('notes/team', `from-${place}`, `written by ${place}`);
    }
    for (const member of members) {
      for (const place of members.keys()) {
        await member.has('notes/team', `from-${place}`, `written by ${place}`);
      }
      await member.inSyncWith(count - 1);
    }
    const dumps = await Promise.all(members.map((member) => member.dump()));
    for (const dump of dumps) expect(dump).toEqual(dumps[0]);
    expect(dumps[0]).toHaveLength(count);
    for (const member of members) {
      expect(member.errors).toEqual([]);
      expect((await member.status()).members).toBe(count);
    }
  });
}

test('nothing is repaired and nothing arrives twice in a lossless room', async ({ world }) => {
  const first = await world.member();
  const link = await first.link();
  const second = await world.member(link);
  const third = await world.member(link);
  for (const member of [first, second, third]) await member.inSyncWith(2);
  const before = await Promise.all(
    [second, third].map((m) => m.page.evaluate(() => grapevine?.stats())),
  );
  for (let i = 0; i < 20; i++) await first.put('n', `k${i}`, `v${i}`);
  for (const member of [second, third]) await member.has('n', 'k19', 'v19');
  const after = await Promise.all(
    [second, third].map((m) => m.page.evaluate(() => grapevine?.stats())),
  );
  for (const [place, stats] of after.entries()) {
    expect(stats?.duplicateDeltas).toBe(before[place]?.duplicateDeltas);
    // 20 deltas and, once, the one that opens the writer's feed.
    expect((stats?.deltasReceived ?? 0) - (before[place]?.deltasReceived ?? 0)).toBe(21);
    expect(stats?.repairBytes).toBe(before[place]?.repairBytes);
  }
});

test('opening a page and looking leaves nothing on the device', async ({ world }) => {
  const member = await world.member();
  const names = () =>
    member.page.evaluate(async () => (await indexedDB.databases()).map((d) => d.name));
  expect((await names()).filter((name) => name?.startsWith('grapevine'))).toEqual([]);
  await member.put('a', 'b', 'c');
  expect((await names()).filter((name) => name?.startsWith('grapevine'))).toHaveLength(1);
});

test('a member that closes its tab is seen to leave at once', async ({ world }) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await first.inSyncWith(1);
  await second.page.close({ runBeforeUnload: false });
  await first.sees('left');
});

test('a crashed tab is noticed without a goodbye, and what it wrote stays', async ({ world }) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await second.put('n', 'last', 'words');
  await first.has('n', 'last', 'words');
  const session = await second.context.newCDPSession(second.page);
  // The call never answers: its page is gone.
  session.send('Page.crash').catch(() => undefined);
  await first.sees('dead');
  expect(await first.get('n', 'last')).toBe('words');
  const third = await world.member(await first.link());
  await third.has('n', 'last', 'words');
});
