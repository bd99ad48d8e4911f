import { defineConfig } from '@playwright/test';
import tests from './playwright.config.ts';

/** `npm run bench`: the figures of CHANGELOG.md, measured in real Chromium. Not part of `npm test`: a shared machine's timings decide nothing. */
export default defineConfig(tests, {
  testDir: './bench',
  testMatch: '*.bench.ts',
  timeout: 300_000,
  reporter: [['./bench/reporter.ts']],
});
