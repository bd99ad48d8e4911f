import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { zipSync } from 'fflate';
import { zipBomb } from './fixtures/archives.ts';
import { collide } from './fixtures/conflict.ts';
import { importFiles, row, show } from './fixtures/panel.ts';
import { watch } from './fixtures/witness.ts';
import { expect, test as base } from './fixtures/world.ts';

/** `folder` is a temporary one; `write` puts a file into it and says where it is. */
const test = base.extend<{
  folder: string;
  write: (path: string, content: string | Uint8Array) => string;
}>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads what a fixture uses off this pattern.
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'input-'));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  write: async ({ folder }, use) => {
    await use((path, content) => {
      const full = join(folder, path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, content);
      return full;
    });
  },
});

const line = (fields: object) => JSON.stringify(fields);
const problems = (dialog: Locator) =>
  dialog.getByRole('list', { name: 'Import problems' }).getByRole('listitem').allTextContents();
const tidy = (texts: string[]) => texts.map((text) => text.replace(/\s+/g, ' ').trim());

test('what is broken in exports and archives is told by line and file, the rest comes in', async ({
  world,
  write,
}) => {
  const million = 'm'.repeat(1_000_000);
  const broken = [
    '{"grapevine":"exp',
    line({ namespace: 'notes', key: 'good', text: 'fine' }),
    '{"namespace":"notes","key":"torn","text":"abc',
    '["a list"]',
    line({ namespace: 'notes', text: 'no key' }),
    line({ namespace: 'notes', key: 'no value' }),
    line({ namespace: 'a//b', key: 'k', text: 'an empty segment' }),
    line({ namespace: 'notes', key: 'control\u0007', text: 'rings' }),
    '',
    line({ namespace: 'notes', key: 'long', text: million }),
    line({ namespace: 'notes', key: 'huge', text: 'h'.repeat(67_108_865) }),
    `\u0000${'x'.repeat(100_000)}`,
    line({ namespace: 'notes', key: 'last', value: { is: ['fine', 'too'] } }),
  ];
  const newer = [line({ grapevine: 'export', version: 2 }), line({ namespace: '', key: 'future' })];
  const flipped = zipSync({ 'in/torn.md': Buffer.from('# Torn') }, { level: 0 });
  flipped[flipped.indexOf('T'.charCodeAt(0))] = 0x42;
  const files = [
    write('broken.jsonl', broken.join('\n')),
    write('newer.jsonl', newer.join('\n')),
    write('garbage.zip', Buffer.from('PK\u0003\u0004 and then nothing of the kind')),
    write('bomb.zip', zipBomb(20)),
    write('good.zip', zipSync({ 'in/zip.md': Buffer.from('# Packed') })),
    write('flipped.zip', flipped),
  ];
  const { page, ...member } = await world.member();
  await show(page, 'Import and export');
  const dialog = await importFiles(page, 'Choose files', files);
  await expect(dialog.getByRole('status')).toHaveText(
    '4 added, 0 changed, 0 unchanged; 14 problems',
    { timeout: 30_000 },
  );
  const told = tidy(await problems(dialog));
  const about = (where: string) => told.filter((text) => text.startsWith(`${where}: `));
  expect(about('broken.jsonl: line 1')).toHaveLength(2);
  for (const number of [3, 4, 5, 6, 7, 8, 11, 12]) {
    expect(about(`broken.jsonl: line ${number}`), `line ${number}`).toHaveLength(1);
  }
  expect(about('newer.jsonl')[0]).toContain('newer version');
  expect(about('garbage.zip')[0]).toContain('not a ZIP archive, or it is damaged');
  expect(about('flipped.zip: in/torn.md')).toHaveLength(1);
  expect(about('bomb.zip')[0]).toContain('more than');
  expect(await page.evaluate(() => globalThis.grapevine?.stats().entries)).toBe(4);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await show(page, 'Memory');
  await row(page, 'in/zip').click();
  await expect(page.getByRole('region', { name: 'Value' })).toHaveText('# Packed');
  expect(member.errors).toEqual([]);
});

test('a folder of bad names, bytes that are no text and twins: all that can be told apart comes in', async ({
  world,
  folder,
  write,
}) => {
  write('notes/good.md', '# Good');
  write('notes/twin.md', 'one');
  write('notes/twin', 'two');
  write('notes/not-utf8.md', Buffer.from([0x23, 0x20, 0xff, 0xfe, 0x80]));
  write('notes/back\\slash.md', 'b');
  write('notes/new\nline.md', 'n');
  write('notes/__proto__.md', 'polluted?');
  write('notes/constructor.json', '{"__proto__":{"polluted":true}}');
  write(`${'s'.repeat(200)}/deep.md`, 'a segment too long');
  write('.hidden/dot.md', 'd');
  write('notes/empty.md', '');
  const member = await world.member();
  const { page } = member;
  await show(page, 'Import and export');
  const dialog = await importFiles(page, 'Choose folder', folder);
  await expect(dialog.getByRole('status')).toContainText('added');
  const told = tidy(await problems(dialog));
  expect(told.filter((text) => text.includes('twin'))).toHaveLength(1);
  expect(told.filter((text) => text.includes('sss'))).toHaveLength(1);
  const dump = await member.dump();
  expect(dump).toEqual(
    expect.arrayContaining([
      'notes/good="# Good"',
      'notes/__proto__="polluted?"',
      'notes/empty=""',
      '.hidden/dot="d"',
    ]),
  );
  expect(dump).toHaveLength(11 - told.length);
  expect(await page.evaluate(() => Reflect.get({}, 'polluted'))).toBeUndefined();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await show(page, 'Memory');
  await row(page, 'notes/not-utf8').click();
  await expect(page.getByText('5 bytes of binary data').last()).toBeVisible();
  expect(member.errors).toEqual([]);
});

/** @returns the lines of an export made through the panel */
async function exported(page: Page): Promise<string> {
  await show(page, 'Import and export');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as JSONL' }).click(),
  ]);
  return readFileSync(await download.path(), 'utf8');
}

test('an export carries values, authors and times into another room, and twice is once', async ({
  world,
  write,
}) => {
  const ada = await world.member();
  const bob = await world.member(await ada.link());
  const name = async (member: typeof ada, called: string) => {
    await show(member.page, 'Members');
    await member.page.getByLabel('Your name').fill(called);
    await member.page.getByRole('button', { name: 'Rename' }).click();
  };
  await name(ada, 'Ada');
  await name(bob, 'Bob');
  await ada.put('notes', 'tea', 'Assam');
  await bob.page.evaluate(async () => {
    await globalThis.grapevine?.put('data', 'json', { deep: [1, 'two', null] });
    await globalThis.grapevine?.put('data', 'bytes', Uint8Array.of(0, 255, 128));
  });
  await ada.has('data', 'bytes');
  await collide(ada, bob, { namespace: 'plan', key: 'date' }, ['on Monday', 'on Friday']);
  await ada.until(
    async () => (await globalThis.grapevine?.get('plan', 'date'))?.conflict === true,
    null,
  );
  const lines = await exported(ada.page);
  expect(lines.trimEnd().split('\n')).toHaveLength(5);
  const path = write('export.jsonl', lines);

  const other = await world.member();
  const importIt = async (words: string) => {
    const dialog = await importFiles(other.page, 'Choose files', path);
    await expect(dialog.getByRole('status')).toHaveText(words);
    await dialog.getByRole('button', { name: 'Close' }).click();
  };
  await show(other.page, 'Import and export');
  await importIt('4 added, 0 changed, 0 unchanged; 0 problems');
  await importIt('0 added, 0 changed, 4 unchanged; 0 problems');
  expect(await other.dump()).toEqual(await ada.dump());
  const origin = await other.page.evaluate(
    async () => (await globalThis.grapevine?.get('data', 'json'))?.origin,
  );
  const source = await bob.page.evaluate(() => globalThis.grapevine?.get('data', 'json'));
  expect(origin?.author).toEqual(source?.updated_by);
  expect(origin?.updated_at).toBe(source?.updated_at);
  // What it said about itself it says again.
  expect(await exported(other.page)).toBe(lines);

  await show(other.page, 'Memory');
  await row(other.page, 'notes/tea').click();
  await expect(other.page.getByText('its export says: by Ada')).toBeVisible();
  await row(other.page, 'plan/date').click();
  const candidates = other.page.getByRole('list', { name: 'Candidates' });
  await expect(candidates.getByRole('listitem')).toHaveCount(2);
});

test('hostile names and values are shown as text and run nothing', async ({ world }) => {
  const profile = await world.profile();
  const witness = await watch(profile);
  const attack = `<img src=x onerror="globalThis.hacked = 1"><script>hacked = 1</script>`;
  const attacker = await world.member();
  await attacker.page.evaluate(async (markup) => {
    const room = globalThis.grapevine;
    const evil = `javascript:globalThis.hacked=1`;
    const proto: unknown = JSON.parse('{"__proto__":{"hacked":1},"constructor":1}');
    await room?.setName('<img src=x onerror=alert(1)>\u202E');
    await room?.put('evil', 'markup', markup, { tags: [markup], kind: markup });
    await room?.put('evil', markup, `[click](${evil}) <a href="${evil}">me</a>`);
    await room?.put('__proto__/constructor', '__proto__', proto as Record<string, string>);
    await room?.put('evil', 'safe-\u202Egpj.exe', 'an override\u202E turns this around');
    await room?.put('evil', 'one-line', 'x'.repeat(1_000_000));
    await room?.put('evil', 'lines', '\n'.repeat(1_000_000));
    room?.doc(markup).getText('content').insert(0, markup);
    room?.awareness.setLocalStateField('note', { name: markup, by: markup, line: -1 });
  }, attack);
  const victim = await world.member(await attacker.link(), profile);
  const { page } = victim;
  await victim.entries(6);
  const value = page.getByRole('region', { name: 'Value' });
  const open = async (text: string) => {
    await row(page, text).click();
    await expect(value).toBeVisible();
    await page.getByText('History', { exact: true }).click();
    await expect(page.getByRole('list', { name: 'Versions' }).getByRole('listitem')).toHaveCount(1);
  };
  await open('evil/markup');
  await expect(value).toHaveText(attack);
  await open('[click](javascript');
  await open('__proto__/constructor/__proto__');
  await expect(value).toContainText('"hacked": 1');
  await open('an override');
  // An override ends with the name it is in: what comes after it stands after it.
  const author = page.locator('.provenance .actor');
  const left = async (locator: Locator) => (await locator.boundingBox())?.x ?? Number.NaN;
  expect(await left(page.locator('.provenance time'))).toBeGreaterThan(await left(author));
  await open('evil/lines');
  await open('evil/one-line');
  await page.getByRole('button', { name: 'Show all of it' }).click();
  await expect(page.getByRole('button', { name: 'Show all of it' })).toHaveCount(0);
  expect((await value.textContent())?.length).toBe(1_000_000);
  // Nothing wider than the window, however long a line is.
  const overflow = () =>
    page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
  expect(await overflow()).toBeLessThanOrEqual(0);
  await page.getByRole('searchbox').fill(attack);
  await expect(page.getByText(/match/).first()).toBeVisible();
  await page.getByRole('searchbox').fill('__proto__');
  await expect(page.getByText(/match/).first()).toBeVisible();

  for (const view of ['Members', 'Share', 'Live note', 'Diagnostics'] as const) {
    await show(page, view);
    await expect(page.getByRole('main').getByRole('heading').first()).toBeVisible();
  }
  await show(page, 'Live note');
  await page.getByRole('list', { name: 'Open notes' }).getByRole('button').first().click();
  await expect(page.getByLabel('Text of the note')).toHaveValue(attack);

  const elements = page.locator('img, script:not([src]), a[href^="javascript"]');
  await expect(elements).toHaveCount(0);
  expect(await page.evaluate(() => Reflect.get(globalThis, 'hacked'))).toBeUndefined();
  expect(await page.evaluate(() => Reflect.get({}, 'hacked'))).toBeUndefined();
  expect(witness.violations).toEqual([]);
  expect(witness.dialogs).toEqual([]);
  expect(victim.errors).toEqual([]);
});
