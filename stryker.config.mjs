/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [
    'packages/gossip/src/**/*.ts',
    '!packages/gossip/src/**/*.test.ts',
    '!packages/gossip/src/testing/**',
    '!packages/gossip/src/{event,index}.ts',
  ],
  // All that the tests need beside node_modules is copied into a sandbox.
  ignorePatterns: ['**', '!tsconfig.*.json', '!packages/gossip/*', '!packages/gossip/src/**'],
  packageManager: 'pnpm',
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'packages/gossip/vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // A mutant in what runs while a module loads would need all tests, each in a fresh process.
  ignoreStatic: true,
  // What neither changed itself nor has a changed test keeps its result of the last run.
  incremental: true,
  incrementalFile: '.stryker/incremental.json',
  tempDirName: '.stryker/tmp',
  reporters: ['clear-text', 'progress', 'json'],
  jsonReporter: { fileName: '.stryker/report.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  concurrency: 2,
  timeoutMS: 3000,
  timeoutFactor: 2,
  thresholds: { high: 90, low: 85, break: 80 },
};
