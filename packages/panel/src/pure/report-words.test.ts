import { expect, test } from 'vitest';
import { reportWords } from './report-words.ts';

const report = { added: 7_425, changed: 2, unchanged: 0, problems: [], cancelled: false };

test('a report says what was done and how many problems there were', () => {
  expect(reportWords(report)).toBe('7,425 added, 2 changed, 0 unchanged; 0 problems');
  const problems = [{ where: 'line 3', message: 'no JSON' }];
  expect(reportWords({ ...report, problems })).toContain('; 1 problem');
});

test('a cancelled import says how far it got', () => {
  const words = reportWords({ ...report, cancelled: true });
  expect(words).toBe('Cancelled after: 7,425 added, 2 changed, 0 unchanged');
});
