import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { collide } from './fixtures/conflict.ts';
import { importFiles, row, show, statusLine } from './fixtures/panel.ts';
import { watch } from './fixtures/witness.ts';
import { expect, test } from './fixtures/world.ts';

interface Look {
  width: number;
  colorScheme: 'light' | 'dark';
}

const everyLook: readonly Look[] = [
  { width: 1280, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
  { width: 360, colorScheme: 'dark' },
  { width: 360, colorScheme: 'light' },
];
/** For what happens inside a view: each width and each theme once. */
const twoLooks = everyLook.filter((_, index) => index % 2 === 0);
const narrowLooks = everyLook.filter(({ width }) => width === 360);

/** Parts that can be scrolled sideways, and so have something that is not in view. */
function wideParts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const visit = (root: ParentNode): void => {
      for (const element of root.querySelectorAll('*')) {
        const scrolls = /auto|scroll/.test(getComputedStyle(element).overflowX);
        const hides = element.scrollWidth - element.clientWidth;
        if (scrolls && hides > 1) found.push(`${element.localName}.${element.className}`);
        if (element.shadowRoot !== null) visit(element.shadowRoot);
      }
    };
    visit(document);
    return found;
  });
}

/** Axe must find nothing, of whatever impact, on the page as it is, and all of it fits its width. */
async function check(page: Page, where: string, looks: readonly Look[]): Promise<void> {
  for (const { width, colorScheme } of looks) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    const found = violations.map(
      ({ id, impact, nodes }) =>
        `${impact} ${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
    );
    found.push(...(await wideParts(page)).map((part) => `too wide: ${part}`));
    expect.soft(found, `${where}, ${width}, ${colorScheme}`).toEqual([]);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

const markdown = (name: string, text: string) => ({
  name,
  mimeType: 'text/markdown',
  buffer: Buffer.from(text),
});

test('axe finds nothing wherever memory is read and written', async ({ world }) => {
  const first = await world.member();
  const { page } = first;
  await check(page, 'an empty room', twoLooks);
  await page.getByRole('button', { name: 'New entry' }).click();
  await check(page, 'a new entry', twoLooks);
  await page.getByLabel('Text', { exact: true }).fill('half a thought');
  await page.evaluate(() => (location.hash = '#1w.another'));
  await check(page, 'leaving with something unsaved', twoLooks);
  await page.getByRole('button', { name: 'Stay here' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();

  const second = await world.member(await first.link());
  await first.put('notes/home', 'tea', '# Assam\n\nA black tea.');
  await second.has('notes/home', 'tea');
  await second.put('notes/home', 'tea', '# Darjeeling\n\nAlso a tea.');
  await collide(first, second, { namespace: 'plan', key: 'date' }, ['on Monday', 'on Friday']);
  await row(page, 'notes/home/tea').click();
  await page.getByText('History', { exact: true }).click();
  await page.getByText('Assam').first().click();
  await expect(page.getByRole('button', { name: 'Restore' })).toBeVisible();
  await check(page, 'an entry with its history', everyLook);
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Text', { exact: true }).fill('Oolong');
  await second.put('notes/home', 'tea', 'Sencha');
  await first.has('notes/home', 'tea', 'Sencha');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('button', { name: 'Keep theirs' })).toBeVisible();
  await check(page, 'somebody else saved', twoLooks);
  await page.getByRole('button', { name: 'Keep theirs' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
  await row(page, 'plan/date').click();
  await expect(page.getByRole('list', { name: 'Candidates' })).toBeVisible();
  await check(page, 'a conflict below a notice', twoLooks);
});

test('axe finds nothing in any other view', async ({ world }) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  const { page } = first;
  await first.inSyncWith(1);
  for (const view of ['Members', 'Share'] as const) {
    await show(page, view);
    if (view === 'Members') await page.getByText('What the words mean').click();
    await check(page, view, everyLook);
  }
  await show(second.page, 'Live note');
  await second.page.getByLabel('Name of the note').fill('plan');
  await second.page.getByRole('button', { name: 'Open note' }).click();
  await show(page, 'Live note');
  await expect(page.getByRole('list', { name: 'Open notes' })).toBeVisible();
  await check(page, 'Live notes', everyLook);
  await page.getByRole('list', { name: 'Open notes' }).getByRole('button').click();
  await check(page, 'a live note', twoLooks);

  await show(page, 'Settings');
  await expect(page.getByRole('region', { name: 'Across the room' })).toBeVisible();
  await page.getByLabel('Fanout in members').fill('3');
  await page.getByRole('button', { name: 'Set Fanout' }).click();
  await expect(page.getByText('Fanout is now 3 members for everybody.')).toBeVisible();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await check(page, 'Settings', everyLook);
  await page.getByLabel('Interval of rounds in ms').fill('7');
  await page.getByRole('button', { name: 'Set Interval of rounds' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await check(page, 'a setting refused', twoLooks);

  for (const view of ['Import and export', 'Diagnostics'] as const) {
    await show(page, view);
    await expect(page.getByRole('heading', { name: view })).toBeVisible();
  }
  // All code is here. Looking at the next views takes about as long as the server is waited for.
  await world.server.stop();
  for (const view of ['Diagnostics', 'Rooms', 'Import and export'] as const) {
    await show(page, view);
    await check(page, view, everyLook);
  }
  await expect(page.getByRole('list', { name: 'Problems' }).getByRole('listitem')).toHaveCount(1);
  const files = [markdown('fine.md', '# Fine'), { ...markdown('not.jsonl', 'no header') }];
  const dialog = await importFiles(page, 'Choose files', files);
  await expect(dialog.getByRole('list', { name: 'Import problems' })).toBeVisible();
  await check(page, 'the report of an import, and a problem', twoLooks);
  await dialog.getByRole('button', { name: 'Close' }).click();
  const readOnly = await first.readOnlyLink();
  await page.evaluate((href) => (location.href = href), readOnly);
  await expect(page.getByText('You opened a read-only link')).toBeVisible();
  await check(page, 'a read-only room', twoLooks);
  await show(page, 'Settings');
  await expect(page.getByText('cannot change it')).toBeVisible();
  await check(page, 'Settings of a read-only room', twoLooks);
  await page.setViewportSize({ width: 360, height: 800 });
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await check(page, 'More', narrowLooks);
  await page.evaluate(() => (location.hash = '#1w.bad'));
  await expect(page.getByRole('alert')).toBeVisible();
  await check(page, 'a bad link', twoLooks);
});

test('a tour of everything asks nobody but its own server and keeps to its policy', async ({
  world,
}) => {
  const profile = await world.profile();
  const witness = await watch(profile);
  const first = await world.member(undefined, profile);
  const { page } = first;
  const link = await first.link();
  const second = await world.member(link);
  await first.inSyncWith(1);
  await first.put('notes', 'tea', 'Assam');
  await collide(first, second, { namespace: 'plan', key: 'date' }, ['on Monday', 'on Friday']);
  await row(page, 'notes/tea').click();
  await page.getByText('History', { exact: true }).click();
  await expect(page.getByRole('list', { name: 'Versions' }).getByRole('listitem')).toHaveCount(1);
  await row(page, 'plan/date').click();
  await page.getByRole('button', { name: 'Keep this' }).first().click();
  await page.getByRole('searchbox').fill('assam');
  await expect(page.getByText('1 match')).toBeVisible();
  for (const view of ['Members', 'Share', 'Settings', 'Diagnostics', 'Rooms'] as const) {
    await show(page, view);
    await expect(page.getByRole('heading', { level: 2 }).first()).toBeVisible();
  }
  await show(page, 'Diagnostics');
  await page.getByRole('radio', { name: 'Dark' }).check();
  await show(page, 'Live note');
  await page.getByLabel('Name of the note').fill('plan');
  await page.getByRole('button', { name: 'Open note' }).click();
  await page.getByLabel('Text of the note').fill('typed');
  await show(page, 'Import and export');
  const dialog = await importFiles(page, 'Choose files', [markdown('fine.md', '# Fine')]);
  await dialog.getByRole('button', { name: 'Close' }).click();
  for (const name of ['Export as Markdown (.zip)', 'Export as JSONL']) {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name }).click();
    await (await download).delete();
  }
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await first.inSyncWith(1);
  await page.evaluate(() => (location.hash = '#1w.bad'));
  await page.getByRole('button', { name: 'Start a new room' }).click();
  await expect(statusLine(page)).toHaveText(/^Only you here/);

  const { host } = new URL(world.server.url);
  const elsewhere = witness.addresses.filter(
    (address) => new URL(address.replace(/^blob:/, '')).host !== host,
  );
  expect(witness.addresses.some((address) => address.startsWith('ws:'))).toBe(true);
  expect(witness.addresses.length).toBeGreaterThan(10);
  expect(elsewhere).toEqual([]);
  // No STUN and no TURN server either, unless whoever runs the server names one.
  expect(witness.iceServers).toEqual([]);
  expect(witness.violations).toEqual([]);
  expect(witness.dialogs).toEqual([]);
  expect(first.errors).toEqual([]);

  // And the witness sees what it is to see.
  await page.evaluate(() => {
    const image = document.createElement('img');
    image.src = 'http://elsewhere.test/';
    document.body.append(image);
  });
  await expect.poll(() => witness.violations.length).toBe(1);
});
