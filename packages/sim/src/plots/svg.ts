/** One line of a plot: points in the units of its axes. */
export interface Series {
  name: string;
  points: readonly (readonly [number, number])[];
  /** What was expected: dashed. */
  law?: boolean;
  /** Number of its colour: its place among the series unless said otherwise. */
  colour?: number;
  /** It has no place in the legend; such come last. */
  unnamed?: boolean;
}

export interface Plot {
  title: string;
  /** Under the title, smaller: of what. */
  what?: string;
  x: string;
  y: string;
  series: readonly Series[];
  /** The x axis is logarithmic. */
  logX?: boolean;
}

/** Where a value comes to lie. */
type Place = (value: number) => number;

const width = 720;
const height = 440;
const margin = { left: 72, right: 150, top: 66, bottom: 56 };
const foot = height - margin.bottom;
const edge = width - margin.right;
/** Points of a line that are seen by themselves; more would only make it thick. */
const marked = 20;
/** Told apart by the colour-blind too: Okabe and Ito's, the pale ones darker on white. */
const colours = [
  { light: '#0072b2', dark: '#56b4e9' },
  { light: '#d55e00', dark: '#ff9a5c' },
  { light: '#00805c', dark: '#3ed6ae' },
  { light: '#a8478a', dark: '#e79cc8' },
  { light: '#8f6a00', dark: '#f0c94a' },
  { light: '#555555', dark: '#c8c8c8' },
];

/**
 * A plot as an SVG document of its own, light or dark as its reader likes it. What is infinite, or
 * no number, is left out.
 */
export function svg(plot: Plot): string {
  const all = plot.series.map((each) => ({ ...each, points: each.points.filter(isFinitePoint) }));
  const points = all.flatMap((series) => series.points);
  const scaleX = plot.logX === true ? Math.log10 : (value: number): number => value;
  const xs = points.map(([x]) => scaleX(x));
  const left = xs.length === 0 ? 0 : Math.min(...xs);
  const right = xs.length === 0 ? 0 : Math.max(...xs);
  const ticksY = reaching(Math.max(...points.map(([, y]) => y), 0));
  const top = ticksY.at(-1) ?? 0;
  const x: Place = (value) => {
    const share = right === left ? 0.5 : (scaleX(value) - left) / (right - left);
    return margin.left + share * (edge - margin.left);
  };
  const y: Place = (value) => foot - (top === 0 ? 0 : value / top) * (foot - margin.top);
  const ticksX = plot.logX === true ? logTicks(left, right) : ticks(left, right);
  const title = escaped(plot.title);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${title}</title>`,
    style(),
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text x="${margin.left}" y="26" font-size="17" font-weight="600">${title}</text>`,
    `<text class="quiet" x="${margin.left}" y="46">${escaped(plot.what ?? '')}</text>`,
    ...ticksX.map((tick) => verticalTick(x(tick), tick)),
    ...ticksY.map((tick) => horizontalTick(y(tick), tick)),
    `<text class="quiet" x="${(margin.left + edge) / 2}" y="${height - 14}" text-anchor="middle">${escaped(plot.x)}</text>`,
    `<text class="quiet" transform="translate(20 ${(margin.top + foot) / 2}) rotate(-90)" text-anchor="middle">${escaped(plot.y)}</text>`,
    // What was measured lies over what was expected.
    ...all.map((series, index) => drawn(series, index, x, y)).reverse(),
    ...all.flatMap((each, index) => (each.unnamed === true ? [] : [legend(each, index)])),
    '</svg>\n',
  ].join('\n');
}

function isFinitePoint([x, y]: readonly [number, number]): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}

function style(): string {
  const colour = (name: 'light' | 'dark') =>
    colours.map((each, index) => `.s${index}{stroke:${each[name]}}`).join('');
  const light = `.paper{fill:#fff}text{fill:#1b1b1f}.quiet{fill:#55555f}.grid{stroke:#e3e3e8}${colour('light')}`;
  const dark = `.paper{fill:#17171c}text{fill:#f2f2f5}.quiet{fill:#b4b4bf}.grid{stroke:#34343d}${colour('dark')}`;
  return `<style>${light}@media (prefers-color-scheme:dark){${dark}}</style>`;
}

function colourOf({ colour }: Series, index: number): string {
  return `s${(colour ?? index) % colours.length}`;
}

function lineOf(series: Series, index: number): string {
  const dashes =
    series.law === true ? ' stroke-dasharray="2 4" stroke-width="1.5"' : ' stroke-width="2.5"';
  return `class="${colourOf(series, index)}" fill="none" stroke-linejoin="round"${dashes}`;
}

function drawn(series: Series, index: number, x: Place, y: Place): string {
  const places = series.points.map(([px, py]) => `${fixed(x(px))},${fixed(y(py))}`).join(' ');
  const marks = series.law === true || series.points.length > marked ? [] : series.points;
  const circles = marks.map(([px, py]) => {
    return `<circle cx="${fixed(x(px))}" cy="${fixed(y(py))}" r="1.5" ${lineOf(series, index)}/>`;
  });
  return `<polyline points="${places}" ${lineOf(series, index)}/>${circles.join('')}`;
}

function legend(series: Series, index: number): string {
  const at = margin.top + 6 + index * 22;
  const from = edge + 14;
  const line = `<line x1="${from}" x2="${from + 22}" y1="${at}" y2="${at}" ${lineOf(series, index)}/>`;
  return `${line}<text x="${from + 30}" y="${at + 4}">${escaped(series.name)}</text>`;
}

function verticalTick(at: number, value: number): string {
  return `<line class="grid" x1="${fixed(at)}" x2="${fixed(at)}" y1="${margin.top}" y2="${foot}"/><text class="quiet" x="${fixed(at)}" y="${foot + 20}" text-anchor="middle">${label(value)}</text>`;
}

function horizontalTick(at: number, value: number): string {
  return `<line class="grid" x1="${margin.left}" x2="${edge}" y1="${fixed(at)}" y2="${fixed(at)}"/><text class="quiet" x="${margin.left - 10}" y="${fixed(at + 4)}" text-anchor="end">${label(value)}</text>`;
}

/** Round values, two to seven of them, within the bounds; one where they are the same. */
export function ticks(low: number, high: number): number[] {
  const step = stepOf(high - low);
  if (step === 0) return [low];
  const first = Math.ceil(low / step - slack);
  const count = Math.floor(high / step + slack) - first + 1;
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

/** Round values from 0 on, the last at or above `high`: no line runs into the edge. */
function reaching(high: number): number[] {
  const step = stepOf(high);
  if (step === 0) return [0];
  return Array.from({ length: Math.ceil(high / step - slack) + 1 }, (_, index) => index * step);
}

/** Numbers that should be the same differ by less, in steps. */
const slack = 1e-9;

/** 1, 2 or 5 times a power of ten, so that at most six go into the span. */
function stepOf(span: number): number {
  if (!(span > 0)) return 0;
  const power = 10 ** Math.floor(Math.log10(span / 6));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => span / step <= 6) ?? span;
}

/** Powers of ten; where there are few, twice and five times these as well. @param low as logarithm */
function logTicks(low: number, high: number): number[] {
  const factors = high - low < 2 ? [1, 2, 5] : [1];
  const first = Math.floor(low);
  const powers = Array.from({ length: Math.floor(high + slack) - first + 1 }, (_, i) => first + i);
  return powers
    .flatMap((power) => factors.map((factor) => factor * 10 ** power))
    .filter((tick) => Math.log10(tick) >= low - slack && Math.log10(tick) <= high + slack);
}

function label(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString('en', { maximumFractionDigits: 6 });
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
