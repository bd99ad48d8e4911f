import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect } from '@playwright/test';
import { test } from '../fixtures/world.ts';
import { report } from './figure.ts';
import { bundle } from './in-page/bundle.ts';

const check = fileURLToPath(new URL('../../apps/web/scripts/check-bundle.mjs', import.meta.url));

test('figure 15: first load', async () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [check], { encoding: 'utf8' });
  const sizes = [...stdout.matchAll(/([\d.]+) kB of (\d+) {2}(\S+)/g)].map(
    ([, size = '', asked = '', name = '']) => ({ size: Number(size), asked, name }),
  );
  const [shell, ...views] = sizes;
  const largest = views.sort((a, b) => b.size - a.size)[0];
  const provider = gzipSync(await bundle('y-webrtc'), { level: 9 }).length / 1000;
  await report({
    figure: '15 first load, gzip JavaScript',
    asked: `≤ ${shell?.asked} kB`,
    grapevine: `${shell?.size} kB`,
    yWebrtc: `${provider.toFixed(1)} kB`,
    note: 'Grapevine: the whole shell; y-webrtc: with yjs and the driver of this benchmark, no app',
  });
  await report({
    figure: '15 largest view loaded later, gzip JavaScript',
    asked: `≤ ${largest?.asked} kB`,
    grapevine: `${largest?.size} kB`,
    yWebrtc: '',
    note: largest?.name ?? '',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
