import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { svg, ticks } from './svg.ts';

/** 1, 2 or 5 times a power of ten. */
function isRound(step: number): boolean {
  const digits = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
  return [1, 2, 5].some((digit) => Math.abs(digits - digit) < 1e-6);
}

describe('ticks', () => {
  test('are round, evenly apart, within the axis, and two to seven of them', () => {
    const axis = fc.tuple(
      fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      fc.double({ min: 1e-1, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(axis, ([low, span]) => {
        const high = low + span;
        const all = ticks(low, high);
        expect(all.length).toBeGreaterThanOrEqual(2);
        expect(all.length).toBeLessThanOrEqual(7);
        const slack = span * 1e-6;
        for (const tick of all) {
          expect(tick).toBeGreaterThanOrEqual(low - slack);
          expect(tick).toBeLessThanOrEqual(high + slack);
        }
        const [first = 0, second = 0] = all;
        const step = second - first;
        expect(isRound(step)).toBe(true);
        for (const [index, tick] of all.entries()) {
          expect(Math.abs(tick - first - index * step)).toBeLessThan(step * 1e-6);
        }
      }),
    );
  });

  test('of nothing are one', () => {
    expect(ticks(0, 10)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticks(3, 3)).toEqual([3]);
  });
});

describe('a plot', () => {
  const points = [
    [10, 1],
    [1000, 5],
  ] as const;

  test('of less than two powers of ten has more than these along its axis', () => {
    const series = [
      {
        name: 'x',
        points: [
          [10, 1],
          [60, 5],
        ] as const,
      },
    ];
    const text = svg({ title: 'T', x: 'N', y: 'rounds', logX: true, series });
    for (const tick of [10, 20, 50]) expect(text).toContain(`text-anchor="middle">${tick}</text>`);
    expect(text).not.toContain('>100</text>');
  });

  test('has its words, escaped, and a line for each series', () => {
    const series = [
      { name: 'a<b', points },
      { name: 'law', points, law: true },
    ];
    const text = svg({ title: 'T & U', x: 'N', y: 'rounds', logX: true, series });
    expect(text).toContain('T &amp; U');
    expect(text).toContain('a&lt;b');
    expect(text.match(/<polyline/g)).toHaveLength(2);
    // The law is dashed, in the plot and in the legend; only what was measured has marks.
    expect(text.match(/stroke-dasharray/g)).toHaveLength(2);
    expect(text.match(/<circle/g)).toHaveLength(2);
    expect(text).toContain('>1,000</text>');
    expect(text).not.toContain('NaN');
  });

  test('leaves out what never came, and of nothing has its words', () => {
    const never = [[100, Infinity], ...points] as const;
    const plot = { title: 'T', x: 'N', y: 'rounds', logX: true };
    const drawn = (...all: (typeof points | typeof never)[]) => {
      return svg({ ...plot, series: all.map((each) => ({ name: 'x', points: each })) });
    };
    expect(drawn(never)).toBe(drawn(points));
    for (const text of [svg({ ...plot, series: [] }), drawn([[100, Infinity]] as never)]) {
      expect(text).toContain('>rounds</text>');
      expect(text).not.toMatch(/NaN|Infinity/);
    }
  });
});
