import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** Debian's path, where `npm test` has not already found another one. */
const system = '/usr/bin/chromium';
const executablePath = process.env['CHROMIUM_PATH'] ?? (existsSync(system) ? system : undefined);

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../test-results',
  // Each test drives several browsers' worth of pages: two cores carry one at a time.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [
        '--no-sandbox',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-features=WebRtcHideLocalIpsWithMdns',
        // A name that is not localhost and resolves to loopback: an insecure origin without leaving the machine.
        '--host-resolver-rules=MAP plain.test 127.0.0.1',
      ],
    },
  },
});
