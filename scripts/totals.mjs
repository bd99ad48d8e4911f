/**
 * Adds up what the test runners report. A runner that leaves no readable report, and a file that
 * never got as far as its tests, count as a failure: silence must not look like success.
 */

/** @typedef {{ passed: number, failed: number, skipped: number }} Totals */

/** @type {Readonly<Totals>} */
export const failedRun = { passed: 0, failed: 1, skipped: 0 };

/**
 * @param {readonly Totals[]} all
 * @returns {Totals}
 */
export function sum(all) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of all) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/** @param {Totals} totals */
export function totalsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * A static check, such as the linter, is one test.
 * @param {boolean} passed
 * @returns {Totals}
 */
export function fromCheck(passed) {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === 'object' && value !== null;
}

/** @param {unknown} value */
function count(value) {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

/** @param {unknown} value */
function list(value) {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/**
 * @param {unknown} report of vitest's JSON reporter
 * @param {number} exitCode
 * @returns {Totals}
 */
export function fromVitest(report, exitCode) {
  if (!isRecord(report) || typeof report['numTotalTests'] !== 'number') return failedRun;
  const unloaded = list(report['testResults']).filter((file) => {
    const tests = list(file['assertionResults']);
    return file['status'] === 'failed' && !tests.some((test) => test['status'] === 'failed');
  });
  return withExitCode(
    {
      passed: count(report['numPassedTests']),
      failed: count(report['numFailedTests']) + unloaded.length,
      skipped: count(report['numPendingTests']) + count(report['numTodoTests']),
    },
    exitCode,
  );
}

/**
 * @param {unknown} report of Playwright's JSON reporter
 * @param {number} exitCode
 * @returns {Totals}
 */
export function fromPlaywright(report, exitCode) {
  if (!isRecord(report) || !isRecord(report['stats'])) return failedRun;
  const stats = report['stats'];
  return withExitCode(
    {
      passed: count(stats['expected']) + count(stats['flaky']),
      failed: count(stats['unexpected']) + list(report['errors']).length,
      skipped: count(stats['skipped']),
    },
    exitCode,
  );
}

/**
 * A runner that says it failed has failed, even when its numbers do not show where.
 * @param {Totals} totals
 * @param {number} exitCode
 */
function withExitCode(totals, exitCode) {
  return exitCode !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
}
