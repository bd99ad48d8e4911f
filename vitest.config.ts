import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: [
      'packages/*/src/**/*.test.ts',
      'signaling/src/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'scripts/**/*.test.*',
    ],
    restoreMocks: true,
  },
});
