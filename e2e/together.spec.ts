import { collide } from './fixtures/conflict.ts';
import type { Member } from './fixtures/member.ts';
import { expect, test } from './fixtures/world.ts';

test('two writers on one key: both values are kept and shown, one resolves', async ({ world }) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await collide(first, second, { namespace: 'plan', key: 'date' }, ['on Monday', 'on Friday']);
  const conflicted = (member: Member, conflict: boolean) =>
    member.until(
      async (wanted) => (await globalThis.grapevine?.get('plan', 'date'))?.conflict === wanted,
      conflict,
    );
  await conflicted(first, true);
  await conflicted(second, true);
  const values = await second.page.evaluate(async () =>
    (await globalThis.grapevine?.history('plan', 'date'))?.map(({ value }) => value).sort(),
  );
  expect(values).toEqual(['on Friday', 'on Monday']);
  expect(await first.get('plan', 'date')).toBe(await second.get('plan', 'date'));

  await second.page.evaluate(() =>
    globalThis.grapevine?.resolve('plan', 'date', { value: 'on Wednesday' }),
  );
  await conflicted(first, false);
  expect(await first.get('plan', 'date')).toBe('on Wednesday');
  const kept = await first.page.evaluate(async () =>
    (await globalThis.grapevine?.history('plan', 'date'))?.map(({ value }) => value),
  );
  expect(kept).toHaveLength(3);
});

test('two people type in one text', async ({ world }) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await first.inSyncWith(1);
  const type = (member: Member, word: string) =>
    member.page.evaluate(async (letters) => {
      const text = globalThis.grapevine?.doc('note').getText('content');
      for (const letter of letters) {
        text?.insert(text.length, letter);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }, word);
  await second.page.evaluate(() => globalThis.grapevine?.doc('note'));
  await Promise.all([type(first, 'a'.repeat(100)), type(second, 'b'.repeat(100))]);
  const content = (member: Member) =>
    member.page.evaluate(() => globalThis.grapevine?.doc('note').getText('content').toJSON() ?? '');
  for (const member of [first, second]) {
    await member.until(
      () => globalThis.grapevine?.doc('note').getText('content').length === 200,
      null,
    );
  }
  expect(await content(first)).toBe(await content(second));
  expect([...(await content(first))].filter((letter) => letter === 'a')).toHaveLength(100);

  // Deletions travel too, and a third who comes later sees the same.
  await first.page.evaluate(() =>
    globalThis.grapevine?.doc('note').getText('content').delete(0, 150),
  );
  const third = await world.member(await first.link());
  for (const member of [second, third]) {
    await member.until(
      () => globalThis.grapevine?.doc('note').getText('content').length === 50,
      null,
    );
    expect(await content(member)).toBe(await content(first));
  }
  await first.page.reload();
  // What was on its way to the disk as the page went comes from the others.
  await first.until(
    (expected) => globalThis.grapevine?.doc('note').getText('content').toJSON() === expected,
    await content(third),
  );
});

test('awareness shows who else is there, until they go', async ({ world }) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await first.inSyncWith(1);
  await second.page.evaluate(() =>
    globalThis.grapevine?.awareness.setLocalStateField('user', { name: 'Ada' }),
  );
  const seen = (there: boolean) =>
    first.until((wanted) => {
      const states = [...(globalThis.grapevine?.awareness.getStates().values() ?? [])];
      return wanted === states.some((state) => state['user']?.name === 'Ada');
    }, there);
  await seen(true);
  await second.page.close();
  await seen(false);
});

test('a read-only link reads and truly cannot write', async ({ world }) => {
  const writer = await world.member();
  await writer.put('n', 'k', 'readable');
  const reader = await world.member(await writer.readOnlyLink());
  await reader.has('n', 'k', 'readable');
  const refused = await reader.page.evaluate(async () => {
    try {
      await globalThis.grapevine?.put('n', 'k', 'changed');
      return 'written';
    } catch (error) {
      return (error as { code?: string }).code;
    }
  });
  expect(refused).toBe('read-only');
  expect(await reader.link()).toBe(await reader.readOnlyLink());
  await reader.inSyncWith(1);
  expect(await writer.get('n', 'k')).toBe('readable');
  await expect(reader.page.getByRole('button', { name: 'New entry' })).toHaveCount(0);
  // What it read it can pass on: the writer goes, a second reader comes.
  const link = await reader.readOnlyLink();
  await writer.page.close();
  const second = await world.member(link);
  await second.has('n', 'k', 'readable');
});
