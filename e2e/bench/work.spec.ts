import { expect, test } from '@playwright/test';
import type { Counters } from './in-page/driver.ts';
import { totals } from './work.ts';

/** A page that received so many payloads at each look. */
function pageOf(copies: () => number): { counters(): Promise<Counters> } {
  const counters = () =>
    Promise.resolve({ copies: copies(), fresh: 1, sent: 0, repairBytes: 2, at: 0 });
  return { counters };
}

test('payloads are added up once no more arrive', async () => {
  let looks = 0;
  const pages = [pageOf(() => Math.min(looks++, 1)), pageOf(() => 5)];
  expect(await totals(pages)).toEqual({ copies: 6, fresh: 2, repairBytes: 4 });
});

test('where payloads never end there is no figure, and it does not take for ever', async () => {
  let copies = 0;
  await expect(totals([pageOf(() => copies++)], 3)).rejects.toThrow('payloads still arrive');
});
