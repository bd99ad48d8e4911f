import type { Page } from '@playwright/test';
import type { Member } from './fixtures/member.ts';
import { show } from './fixtures/panel.ts';
import { expect, test } from './fixtures/world.ts';

const setting = (page: Page, label: string) =>
  page
    .getByRole('list', { name: 'Settings' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name: label }) });

/** A figure of the table of effects as it is now. */
const figure = (page: Page, name: string) =>
  page.getByRole('region', { name: 'Effect' }).getByRole('row', { name }).getByRole('cell').last();

/** How many seconds there are between two rounds, as the panel says; a bound counts as what it bounds. */
async function betweenRounds(page: Page): Promise<number> {
  const text = (await figure(page, 'Between two rounds').textContent()) ?? '';
  return Number(/([\d.]+) s/.exec(text)?.[1] ?? Number.NaN);
}

/** Waits until `rounds` rounds have been run from now on. @returns milliseconds that took */
function timeOf(member: Member, rounds: number): Promise<number> {
  return member.page.evaluate(async (count) => {
    const run = () => globalThis.grapevine?.stats().roundsRun ?? 0;
    const next = async (after: number): Promise<void> => {
      while (run() <= after) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await next(run());
    const [from, at] = [run(), performance.now()];
    await next(from + count - 1);
    return performance.now() - at;
  }, rounds);
}

test('what one member sets in the panel holds for the other, who sees by whom, and what comes of it', async ({
  world,
}) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await first.inSyncWith(1);
  await second.inSyncWith(1);
  await first.page.evaluate(() => globalThis.grapevine?.setName('Ada Lovelace'));
  for (const { page } of [first, second]) await show(page, 'Settings');
  const [mine, theirs] = [first, second].map(({ page }) => setting(page, 'Interval of rounds'));
  const field = mine?.getByLabel('Interval of rounds in ms');
  if (mine === undefined || theirs === undefined || field === undefined) throw new Error('no page');
  await expect(theirs).toContainText('1,000 ms');
  await expect(theirs).toContainText('Nobody has set it');
  await expect(figure(second.page, 'Between two rounds')).toHaveText(/^[12]\.\d s$/);

  // With the keyboard alone.
  await field.fill('5000');
  await field.press('Enter');
  await expect(theirs).toContainText('5,000 ms');
  await expect(theirs).toContainText('Set by Ada Lovelace, just now');
  await expect(mine).toContainText('Set by Ada Lovelace (you), just now');
  await expect(first.page.getByText('Interval of rounds is now 5,000 ms')).toBeVisible();
  await expect.poll(() => betweenRounds(second.page)).toBeGreaterThan(4);
  await expect(second.page.getByRole('columnheader', { name: 'Before' })).toBeVisible();
  expect(await timeOf(second, 1)).toBeGreaterThan(4_000);

  // What the other types is not taken away by what somebody sets meanwhile.
  const draft = theirs.getByLabel('Interval of rounds in ms');
  await draft.fill('300');
  await field.fill('200');
  await mine.getByRole('button', { name: 'Set Interval of rounds' }).click();
  await expect(theirs).toContainText('200 ms');
  await expect(draft).toHaveValue('300');
  await expect.poll(() => betweenRounds(second.page)).toBeLessThan(1);
  expect(await timeOf(second, 5)).toBeLessThan(4_000);

  await theirs.getByRole('button', { name: 'Default for Interval of rounds' }).click();
  await expect(mine).toContainText('Nobody has set it');
  await expect(mine).toContainText('1,000 ms');
  expect([...first.errors, ...second.errors]).toEqual([]);
});

test('a value out of range is refused in words beside its field, and nothing is set', async ({
  world,
}) => {
  const { page } = await world.member();
  await show(page, 'Settings');
  const fanout = setting(page, 'Fanout');
  const field = fanout.getByLabel('Fanout in members');
  for (const value of ['17', '0', '2.5', '']) {
    await field.fill(value);
    await fanout.getByRole('button', { name: 'Set Fanout' }).click();
    const error = fanout.getByRole('alert');
    await expect(error).toHaveText(/whole number from 1 to 16/);
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(/1 to 16 members.*whole number/);
    await expect(field).toBeFocused();
  }
  await expect(fanout).toContainText('2 members');
  await field.fill('3');
  await expect(fanout.getByRole('alert')).toHaveCount(0);
  await field.press('Enter');
  await expect(fanout).toContainText('3 members');
  await expect(fanout).toContainText('(you)');
});

test('a read-only member sees what is set and by whom, why it cannot, and the figures of all', async ({
  world,
}) => {
  const writer = await world.member();
  const reader = await world.member(await writer.readOnlyLink());
  await writer.page.evaluate(() => globalThis.grapevine?.setSetting('frameBytes', 4_096));
  await writer.put('notes', 'tea', 'Assam');
  const { page } = reader;
  await show(page, 'Settings');
  await expect(setting(page, 'Frame size')).toContainText('4,096 bytes');
  await expect(setting(page, 'Frame size')).toContainText('Set by');
  await expect(setting(page, 'Interval of rounds')).toContainText('200 to 60,000 ms');
  await expect(page.getByText('you see what is set here and cannot change it')).toBeVisible();
  await expect(page.getByRole('spinbutton')).toHaveCount(0);
  await expect(page.getByRole('main').getByRole('button', { name: /^(Set|Default)/ })).toHaveCount(
    0,
  );

  const across = page.getByRole('region', { name: 'Across the room' });
  await expect(across.getByRole('heading', { name: 'entries held' })).toBeVisible();
  const facts = (name: string) =>
    across.getByRole('group', { name }).locator('dd').allTextContents();
  // Members, sum, average, least, most.
  await expect.poll(() => facts('entries held')).toEqual(['2', '2', '1', '1', '1']);
  await expect.poll(() => facts('links open')).toEqual(['2', '2', '1', '1', '1']);
  await expect(across).toContainText('Exact');

  // What others add up, this tab sees as well, while they do.
  await writer.page.evaluate(() => {
    let cups = 3;
    globalThis.grapevine?.aggregate('cups of tea', () => cups++);
  });
  await expect.poll(async () => (await facts('cups of tea'))[0]).toBe('1');
  const sum = async () => Number((await facts('cups of tea'))[1]);
  const before = await sum();
  await expect.poll(sum).toBeGreaterThan(before);
  await writer.page.evaluate(() =>
    globalThis.grapevine
      ?.aggregates()
      .find(({ name }) => name === 'cups of tea')
      ?.stop(),
  );
  await expect(across.getByRole('group', { name: 'cups of tea' })).toHaveCount(0);
  await expect(across.getByRole('heading', { name: 'links open' })).toBeVisible();
  expect([...writer.errors, ...reader.errors]).toEqual([]);
});
