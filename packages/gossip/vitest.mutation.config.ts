import { defineConfig } from 'vitest/config';

/**
 * The tests that kill mutants (`npm run mutate`): those of single rules, beside the code. Rooms of
 * many members and the figures of repair would kill more, without saying which rule is broken.
 */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['packages/gossip/src/**/*.test.ts'],
    exclude: ['packages/gossip/src/testing/**', '**/rooms.test.ts', '**/repair/repair.test.ts'],
    setupFiles: ['packages/gossip/vitest.mutation.setup.ts'],
    // One process for all test files: a third of the time, as no test leaves anything behind.
    isolate: false,
  },
});
