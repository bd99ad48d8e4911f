import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

const include = [
  'packages/*/src/**/*.test.ts',
  'signaling/src/**/*.test.ts',
  'apps/*/src/**/*.test.ts',
  'scripts/**/*.test.*',
];
const inBrowser = 'packages/*/src/**/*.browser.test.ts';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include,
          exclude: ['**/node_modules/**', inBrowser],
          restoreMocks: true,
          // Real cryptography on a machine that may be busy: far from what any test takes.
          testTimeout: 30_000,
        },
      },
      {
        // What only a browser can show: WebRTC, Web Locks.
        test: {
          name: 'browser',
          include: [inBrowser],
          restoreMocks: true,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
                args: [
                  '--no-sandbox',
                  '--disable-quic',
                  '--disable-background-networking',
                  '--disable-component-update',
                  '--disable-sync',
                  '--disable-features=WebRtcHideLocalIpsWithMdns',
                ],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
