import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { pagesFolder } from './fixtures/pages.ts';
import { expect, test } from './fixtures/world.ts';

/** Relative path to content, of every file below. */
function readFolder(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    files
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path), 'latin1')]),
  );
}

test('7,425 real pages: imported by hand, met by two others, exported byte for byte', async ({
  world,
}) => {
  const pages = pagesFolder() ?? '';
  test.skip(pages === '', 'the tldr pages are not here');
  test.setTimeout(180_000);
  const source = readFolder(pages);
  expect(source.size).toBe(7425);

  const first = await world.member();
  const before = await world.member(await first.link());
  await first.inSyncWith(1);
  await first.page.getByRole('button', { name: 'Import and export' }).click();
  await first.page.getByLabel('Choose folder').setInputFiles(pages);
  const dialog = first.page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(dialog.getByRole('status')).toContainText('7,425', { timeout: 60_000 });
  await before.entries(7425);
  const after = await world.member(await first.link());
  await after.entries(7425);

  for (const member of [before, after]) {
    const keys = await member.page.evaluate(async () =>
      (await globalThis.grapevine?.search('archiving utility tar'))?.items.map(({ key }) => key),
    );
    expect(keys).toContain('tar');
  }

  await after.page.getByRole('button', { name: 'Import and export' }).click();
  const [download] = await Promise.all([
    after.page.waitForEvent('download'),
    after.page.getByRole('button', { name: 'Export as Markdown' }).click(),
  ]);
  const exported = unzipSync(readFileSync(await download.path()));
  const top = [...source.keys()][0]?.split('/')[0] ?? '';
  const paths = Object.keys(exported);
  const prefix = paths.find((path) => path.includes(`${top}/`))?.split(`${top}/`)[0] ?? '';
  expect(paths).toHaveLength(7425);
  for (const [path, content] of source) {
    const bytes = exported[`${prefix}${path}`];
    expect(bytes && Buffer.from(bytes).toString('latin1'), path).toBe(content);
  }
});
