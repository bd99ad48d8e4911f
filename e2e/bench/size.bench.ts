import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect } from '@playwright/test';
import { test } from '../fixtures/world.ts';
import { isAsked } from './compare.ts';
import { report } from './figure.ts';
import { bundle } from './in-page/bundle.ts';

const check = fileURLToPath(new URL('../../apps/web/scripts/check-bundle.mjs', import.meta.url));

interface Size {
  kilobytes: number;
  asked: string;
  name: string;
}

/** @returns the shell first; whatever the check printed, never nothing */
function sizesIn(printed: string): [shell: Size, largest: Size] {
  const sizes = [...printed.matchAll(/([\d.]+) kB of (\d+) {2}(\S+)/g)].map(
    ([, size, asked = '', name = '']): Size => ({ kilobytes: Number(size), asked, name }),
  );
  const shell = sizes.find(({ name }) => name === 'shell');
  const views = sizes.filter((size) => size !== shell);
  const [largest] = views.sort((a, b) => b.kilobytes - a.kilobytes);
  if (shell === undefined || largest === undefined) throw new Error(`No sizes: ${printed}`);
  return [shell, largest];
}

async function providerSize(): Promise<string> {
  if (!isAsked('y-webrtc')) return 'not run';
  const { length } = gzipSync(await bundle('y-webrtc'), { level: 9 });
  return `${(length / 1000).toFixed(1)} kB`;
}

test('figure 15: first load', async () => {
  const figure = '15 first load, gzip JavaScript';
  const note =
    'Grapevine: the whole shell; y-webrtc: with yjs and the driver of this benchmark, no app';
  const yWebrtc = await providerSize();
  if (!isAsked('Grapevine')) {
    await report({ figure, asked: '', grapevine: 'not run', yWebrtc, note });
    return;
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [check], { encoding: 'utf8' });
  const [shell, largest] = sizesIn(`${stdout}${stderr}`);
  const grapevine = `${shell.kilobytes} kB`;
  await report({ figure, asked: `≤ ${shell.asked} kB`, grapevine, yWebrtc, note });
  await report({
    figure: '15 largest view loaded later, gzip JavaScript',
    asked: `≤ ${largest.asked} kB`,
    grapevine: `${largest.kilobytes} kB`,
    yWebrtc: '',
    note: largest.name,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
