import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { collide } from './fixtures/conflict.ts';
import { importFiles, row, show, statusLine, tabTo } from './fixtures/panel.ts';
import { readQr } from './fixtures/qr.ts';
import { expect, test } from './fixtures/world.ts';

const nameOf = (page: Page) => page.evaluate(() => globalThis.grapevine?.self.name ?? '');

test('an entry written with the keyboard alone appears in the other list, with author and time', async ({
  world,
}) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  const { page } = first;
  const { keyboard } = page;

  await tabTo(page, page.getByRole('button', { name: 'New entry' }));
  await keyboard.press('Enter');
  await keyboard.type('Buy milk\nand bread');
  await keyboard.press('Tab');
  await keyboard.type('shopping');
  await keyboard.press('Tab');
  await keyboard.type('notes/home');
  await tabTo(page, page.getByRole('button', { name: 'Save' }));
  await keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Value' })).toHaveText('Buy milk\nand bread');

  const seen = row(second.page, 'notes/home/shopping');
  await expect(seen).toContainText('Buy milk');
  await expect(seen).toContainText(await nameOf(page));
  await expect(seen.locator('time')).toHaveText('just now');
  const tree = second.page.getByRole('tree', { name: 'Namespaces' });
  await expect(tree.getByRole('treeitem', { name: 'notes' })).toBeVisible();

  // And to it again: `/` is the search, an arrow chooses, Enter opens, Escape closes.
  await second.page.keyboard.press('/');
  await second.page.keyboard.type('bread');
  await expect(second.page.getByText('1 match')).toBeVisible();
  await tabTo(second.page, row(second.page, 'notes/home/shopping'));
  await second.page.keyboard.press('Enter');
  await expect(second.page.getByRole('region', { name: 'Value' })).toContainText('and bread');
  await second.page.keyboard.press('Escape');
  await expect(seen).toBeFocused();
});

test('edit, restore, delete, undo and search, each seen by the other', async ({ world }) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await first.put('notes', 'tea', 'Darjeeling');
  await first.put('notes', 'coffee', 'Arabica');
  const { page } = second;
  const text = page.getByLabel('Text', { exact: true });
  const value = page.getByRole('region', { name: 'Value' });

  await row(page, 'notes/tea').click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await text.fill('Assam');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(value).toHaveText('Assam');
  await expect(row(first.page, 'notes/tea')).toContainText('Assam');
  await expect(row(first.page, 'notes/tea')).toContainText(await nameOf(page));

  await page.getByText('History', { exact: true }).click();
  await page.getByRole('button', { name: 'Restore' }).click();
  await expect(value).toHaveText('Darjeeling');
  await first.has('notes', 'tea', 'Darjeeling');

  // Saved by somebody else meanwhile: both are shown, nothing is overwritten unseen.
  await page.getByRole('button', { name: 'Edit' }).click();
  await text.fill('mine');
  await first.put('notes', 'tea', 'theirs');
  await second.has('notes', 'tea', 'theirs');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Theirs, by')).toBeVisible();
  expect(await second.get('notes', 'tea')).toBe('theirs');
  await page.getByRole('button', { name: 'Save mine' }).click();
  await first.has('notes', 'tea', 'mine');

  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(row(first.page, 'notes/tea')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row(first.page, 'notes/tea')).toContainText('mine');

  await page.getByRole('searchbox', { name: 'Search memory' }).fill('arab');
  await expect(page.getByText('1 match')).toBeVisible();
  await expect(row(page, 'notes/coffee')).toBeVisible();
  await expect(row(page, 'notes/tea')).toHaveCount(0);
});

test('a conflict is marked for both, shows all candidates, and one of them settles it', async ({
  world,
}) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await collide(first, second, { namespace: 'plan', key: 'date' }, ['on Monday', 'on Friday']);
  for (const { page } of [first, second]) {
    await expect(row(page, 'plan/date')).toContainText('Conflict');
  }

  await first.page.getByLabel('Only conflicts').check();
  await row(first.page, 'plan/date').click();
  const candidates = first.page.getByRole('list', { name: 'Candidates' }).getByRole('listitem');
  const candidate = (author: string) => candidates.filter({ hasText: author });
  await expect(candidates).toHaveCount(2);
  await expect(candidate(await nameOf(first.page))).toContainText('on Monday');
  await expect(candidate(await nameOf(second.page))).toContainText('on Friday');
  await candidate('on Friday').getByRole('button', { name: 'Keep this' }).click();
  await expect(first.page.getByRole('region', { name: 'Value' })).toHaveText('on Friday');
  await expect(first.page.getByText('No conflicts.')).toBeVisible();
  await expect(row(second.page, 'plan/date')).not.toContainText('Conflict');

  // The other way out: write what should stand.
  await collide(first, second, { namespace: 'plan', key: 'place' }, ['at home', 'in town']);
  await row(second.page, 'plan/place').click();
  await second.page.getByLabel('Merged text').fill('in town, then at home');
  await second.page.getByRole('button', { name: 'Save merged' }).click();
  await first.has('plan', 'place', 'in town, then at home');
  await expect(first.page.getByText('No conflicts.')).toBeVisible();
});

test('a read-only member sees no control that writes, and why', async ({ world }) => {
  const writer = await world.member();
  await writer.put('notes', 'tea', 'Assam');
  const { page } = await world.member(await writer.readOnlyLink());
  await expect(page.getByText('You opened a read-only link')).toBeVisible();
  await row(page, 'notes/tea').click();
  await expect(page.getByRole('region', { name: 'Value' })).toHaveText('Assam');
  for (const name of ['New entry', 'Edit', 'Delete', 'Restore']) {
    await expect(page.getByRole('button', { name }), name).toHaveCount(0);
  }
  await show(page, 'Import and export');
  await expect(page.getByText('nothing can be imported here')).toBeVisible();
  await expect(page.getByLabel('Choose files')).toHaveCount(0);
  await show(page, 'Share');
  await expect(page.getByRole('button', { name: 'Copy link', exact: true })).toHaveCount(0);
  await expect(page.getByLabel('Read-only link', { exact: true })).toHaveValue(
    await writer.readOnlyLink(),
  );
  await show(page, 'Live note');
  await page.getByLabel('Name of the note').fill('plan');
  await page.getByRole('button', { name: 'Open note' }).click();
  await expect(page.getByLabel('Text of the note')).not.toBeEditable();
  await expect(page.getByText('you can watch, not type')).toBeVisible();
});

test('sharing: what is copied and what the QR code says is the link of the room', async ({
  world,
}) => {
  const profile = await world.profile();
  await profile.grantPermissions(['clipboard-read', 'clipboard-write']);
  const member = await world.member(undefined, profile);
  const { page } = member;
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await show(page, 'Share');
  await page.getByRole('button', { name: 'Copy link', exact: true }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  expect(await copied()).toBe(await member.link());
  await page.getByRole('button', { name: 'Copy read-only link' }).click();
  await expect.poll(copied).toBe(await member.readOnlyLink());
  expect(await readQr(page.getByRole('img', { name: 'QR code' }))).toBe(await member.link());
});

test('members: name, state, path, and which of them are this very device', async ({ world }) => {
  const profile = await world.profile();
  const first = await world.member(undefined, profile);
  // What makes a device known is kept once something is written.
  await first.put('notes', 'tea', 'Assam');
  const link = await first.link();
  const sibling = await world.member(link, profile);
  const other = await world.member(link);
  await first.inSyncWith(2);
  await show(other.page, 'Members');
  await other.page.getByLabel('Your name').fill('Ada Lovelace');
  await other.page.getByRole('button', { name: 'Rename' }).click();

  await show(first.page, 'Members');
  const list = first.page.getByRole('list', { name: 'Members' });
  const item = (text: string) => list.getByRole('listitem').filter({ hasText: text });
  await expect(list.getByRole('listitem')).toHaveCount(3);
  await expect(list.getByRole('listitem').first()).toContainText('You');
  await expect(item('This device')).toHaveCount(2);
  await expect(item('Ada Lovelace')).toContainText(/Here.*/);
  await expect(item('Ada Lovelace')).toContainText('Direct, same network');
  await expect(item('Ada Lovelace')).not.toContainText('This device');
  await other.page.close();
  await expect(item('Ada Lovelace')).toContainText('Left');
  await sibling.page.close();
  await expect(item('This device').filter({ hasText: 'Left' })).toHaveCount(1);
});

test('two people type in a live note at once, and the status follows what happens around them', async ({
  world,
}) => {
  const first = await world.member();
  await expect(statusLine(first.page)).toHaveText('Only you here — saved on this device');
  const second = await world.member(await first.link());
  for (const { page } of [first, second]) {
    await expect(statusLine(page)).toHaveText('In sync with 1');
  }
  const open = async (page: Page) => {
    await show(page, 'Live note');
    await page.getByLabel('Name of the note').fill('plan');
    await page.getByRole('button', { name: 'Open note' }).click();
  };
  await open(first.page);
  // Who comes second need not know the name.
  await show(second.page, 'Live note');
  await second.page.getByRole('list', { name: 'Open notes' }).getByRole('button').click();
  const problems = first.page.getByRole('list', { name: 'Problems' }).getByRole('listitem');
  await expect(problems).toHaveCount(0);
  await world.server.stop();

  const field = (page: Page) => page.getByLabel('Text of the note');
  const words = { first: 'grapes are round ', second: 'vines are long ' };
  await Promise.all([
    field(first.page).pressSequentially(words.first.repeat(3)),
    field(second.page).pressSequentially(words.second.repeat(3)),
  ]);
  const length = 3 * (words.first.length + words.second.length);
  const value = (page: Page) => field(page).inputValue();
  for (const { page } of [first, second]) {
    await expect.poll(async () => (await value(page)).length).toBe(length);
    await expect(page.getByLabel('Who is in this note')).toContainText(/line \d/);
  }
  expect(await value(first.page)).toBe(await value(second.page));
  const letters = [...(await value(first.page))].sort().join('');
  expect(letters).toBe([...(words.first + words.second).repeat(3)].sort().join(''));

  // What is wrong says what to do; those who are linked need no server.
  await expect(problems).toHaveCount(1);
  const wrong = await first.page.evaluate(() => globalThis.grapevine?.status().problems[0]);
  await expect(problems).toContainText(wrong?.message || 'no message');
  await expect(problems).toContainText(wrong?.action || 'no action');
  await expect(statusLine(first.page)).toHaveText('In sync with 1');
  await second.page.close();
  await expect(statusLine(first.page)).toHaveText('Working offline — saved on this device');
});

test('an import shows how far it is, and cancelled half-way it keeps what is in', async ({
  world,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'notes-'));
  const files = 1_000;
  for (let i = 0; i < files; i++) {
    if (i % 100 === 0) mkdirSync(join(folder, `part-${i / 100}`));
    const text = `# Note ${i}\n\n${'some words '.repeat(40)}\n`;
    writeFileSync(join(folder, `part-${Math.floor(i / 100)}`, `note-${i}.md`), text);
  }
  const first = await world.member();
  const second = await world.member(await first.link());
  await first.inSyncWith(1);
  await show(first.page, 'Import and export');
  const dialog = first.page.getByRole('dialog', { name: 'Import 1,000 files' });
  // Pressed by the page itself once it shows a third: an import does not wait for a test.
  const cancelled = first.page.locator('grapevine-import-dialog dialog').evaluate(
    (element) =>
      new Promise<string>((resolve) => {
        new MutationObserver((_, observer) => {
          const progress = element.querySelector('progress');
          if (progress === null || progress.value < progress.max / 3) return;
          observer.disconnect();
          resolve(progress.closest('label')?.textContent?.trim() ?? '');
          for (const button of element.querySelectorAll('button')) button.click();
        }).observe(element, { subtree: true, childList: true, attributes: true });
      }),
  );
  await importFiles(first.page, 'Choose folder', folder, 'imported');
  expect(await cancelled).toMatch(/^Importing files: [\d,]+ of 1,000$/);
  await expect(dialog.getByRole('status')).toContainText('Cancelled after: ');
  rmSync(folder, { recursive: true });
  const entries = await first.page.evaluate(() => globalThis.grapevine?.stats().entries ?? 0);
  expect(entries).toBeGreaterThan(0);
  expect(entries).toBeLessThan(files);
  await expect(dialog.getByRole('status')).toContainText(
    `${entries.toLocaleString('en')} added, 0 changed`,
  );
  await second.entries(entries);
  await first.page.reload();
  await first.ready();
  await first.entries(entries);
});

test('a bad link says what is wrong with it and offers a way on', async ({ world }) => {
  const member = await world.member();
  const { page } = member;
  const good = await member.link();
  await show(page, 'Rooms');
  await page.getByLabel('A room link').fill(`${good.slice(0, -8)}`);
  await page.getByRole('button', { name: 'Open link' }).click();
  await expect(page.getByRole('heading', { name: 'This room could not be opened' })).toBeVisible();
  await expect(page.getByRole('alert').locator('p')).toHaveCount(2);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('alert')).toBeVisible();

  await page.getByLabel('A room link').fill(good);
  await page.getByRole('button', { name: 'Open link' }).click();
  await member.until((link) => globalThis.grapevine?.link === link, good);

  await page.goto(`${good.slice(0, -8)}`);
  await page.getByRole('button', { name: 'Start a new room' }).click();
  await member.ready();
  expect(await member.link()).not.toBe(good);
  await expect(page).toHaveURL(await member.link());
  await expect(page.getByText('An empty room')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('alert')).toBeVisible();
});

test('another link while something is half-written asks before anything is lost', async ({
  world,
}) => {
  const first = await world.member();
  const link = await first.link();
  const other = await (await world.member()).link();
  const { page } = first;
  const go = (href: string) => page.evaluate((to) => (location.href = to), href);
  await page.getByRole('button', { name: 'New entry' }).click();
  const text = page.getByRole('dialog', { name: 'New entry' }).getByLabel('Text', { exact: true });
  await text.fill('half a thought');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(text).toHaveValue('half a thought');

  await go(other);
  const question = page.getByRole('dialog', { name: 'Leave this room?' });
  await expect(question).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(text).toHaveValue('half a thought');
  await expect(page).toHaveURL(link);
  expect(await first.link()).toBe(link);

  await go(other);
  await question.getByRole('button', { name: 'Stay here' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(row(page, 'half-a-thought')).toBeVisible();

  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Text', { exact: true }).fill('not worth keeping');
  const closing = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  const asked = await closing;
  expect(asked.type()).toBe('beforeunload');
  await asked.dismiss();
  await go(other);
  await question.getByRole('button', { name: 'Leave' }).click();
  await first.until((href) => globalThis.grapevine?.link === href, other);
  await expect(page).toHaveURL(other);
  // With nothing half-written nobody is asked.
  await go(link);
  await first.until((href) => globalThis.grapevine?.link === href, link);
  expect(await first.dump()).toEqual(['/half-a-thought="half a thought"']);
});

test('a name that fits its row is shown whole', async ({ world }) => {
  const member = await world.member();
  await member.put('plans', 'entry 12', 'short names');
  const key = row(member.page, 'entry 12').locator('.own');
  await expect(key).toHaveText('entry 12');
  expect(await key.evaluate((name) => name.scrollWidth - name.clientWidth)).toBe(0);
});
