import { expect, test } from './fixtures/world.ts';

test('a late joiner gets 5,000 entries from three holders, each once', async ({ world }) => {
  const first = await world.member();
  const link = await first.link();
  await first.page.evaluate(async () => {
    const value = 'v'.repeat(200);
    const put = async (i: number) => {
      await globalThis.grapevine?.put('bench', `key-${i}`, value);
    };
    await Promise.all(Array.from({ length: 5000 }, (_, i) => put(i)));
  });
  const holders = [await world.member(link), await world.member(link)];
  for (const holder of holders) await holder.entries(5000);
  const late = await world.member(link);
  await late.entries(5000);
  await late.inSyncWith(3);
  const stats = await late.page.evaluate(() => globalThis.grapevine?.stats());
  expect(stats?.duplicateDeltas).toBe(0);
  // 200 bytes of value and 14 of address each; 1.4 times the data is what we promise.
  expect(stats?.bytesReceived).toBeLessThan(1.4 * 5000 * 214);
});

test('a 5 MiB value arrives, and small writes beside it do not wait for it', async ({ world }) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await first.inSyncWith(1);
  const size = 5 * 1024 * 1024;
  const done = await Promise.all([
    first.page.evaluate(async (length) => {
      await globalThis.grapevine?.put('files', 'large', 'abcdefgh'.repeat(length / 8));
      for (let i = 0; i < 20; i++) await globalThis.grapevine?.put('n', `small${i}`, String(i));
    }, size),
    second.page.evaluate(async () => {
      const order: string[] = [];
      for await (const { key } of globalThis.grapevine?.watch('') ?? []) {
        order.push(key);
        if (order.length === 21) return order;
      }
      return order;
    }),
  ]);
  expect(new Set(done[1]).size).toBe(21);
  expect(done[1]?.[0]).toBe('small0');
  const text = String(await second.get('files', 'large'));
  expect(text.length).toBe(size);
  expect(text.endsWith('abcdefgh')).toBe(true);

  const third = await world.member(await first.link());
  await third.has('files', 'large');
});
