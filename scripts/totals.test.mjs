import { describe, expect, test } from 'vitest';
import { failedRun, fromCheck, fromPlaywright, fromVitest, sum, totalsLine } from './totals.mjs';

const vitest = {
  numTotalTests: 6,
  numPassedTests: 3,
  numFailedTests: 1,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [
    { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
  ],
};

describe('totals', () => {
  test('the last line names all three numbers', () => {
    expect(totalsLine({ passed: 12, failed: 0, skipped: 3 })).toBe(
      '12 passed, 0 failed, 3 skipped',
    );
  });

  test('a static check is one test', () => {
    expect(sum([fromCheck(true), fromCheck(false), fromCheck(true)])).toEqual({
      passed: 2,
      failed: 1,
      skipped: 0,
    });
  });

  test('vitest: pending and todo tests are skipped ones', () => {
    expect(fromVitest(vitest, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  test('vitest: a file that does not load is a failure although it holds no test', () => {
    const testResults = [...vitest.testResults, { status: 'failed', assertionResults: [] }];
    expect(fromVitest({ ...vitest, testResults }, 1).failed).toBe(2);
  });

  test('playwright: flaky tests passed in the end, errors outside a test are failures', () => {
    const report = {
      stats: { expected: 5, flaky: 1, unexpected: 2, skipped: 4 },
      errors: [{ message: 'no server' }],
    };
    expect(fromPlaywright(report, 1)).toEqual({ passed: 6, failed: 3, skipped: 4 });
  });

  test.each([undefined, null, 'text', [], {}, { stats: null }, { numTotalTests: 'six' }])(
    'a report of %j is a failed run',
    (report) => {
      expect(fromVitest(report, 0)).toEqual(failedRun);
      expect(fromPlaywright(report, 0)).toEqual(failedRun);
    },
  );

  test('an exit code that says failed outweighs numbers that do not', () => {
    expect(fromVitest({ ...vitest, numFailedTests: 0, testResults: [] }, 1).failed).toBe(1);
    expect(fromPlaywright({ stats: { expected: 1 }, errors: [] }, 130).failed).toBe(1);
  });
});
