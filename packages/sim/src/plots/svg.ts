/** One line of a plot: points in the units of its axes. */
export interface Series {
  name: string;
  points: readonly (readonly [number, number])[];
  /** Drawn as dots instead of a line. */
  dots?: boolean;
}

export interface Plot {
  title: string;
  x: string;
  y: string;
  series: readonly Series[];
  /** The x axis is logarithmic. */
  logX?: boolean;
}

const width = 720;
const height = 440;
const margin = { left: 70, right: 160, top: 44, bottom: 54 };
/** Told apart by the colour-blind too (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];

/** A plot as an SVG document of its own. */
export function svg(plot: Plot): string {
  const points = plot.series.flatMap((series) => series.points);
  const scaleX = plot.logX === true ? Math.log10 : (value: number): number => value;
  const xs = points.map(([x]) => scaleX(x));
  const left = Math.min(...xs);
  const right = Math.max(...xs);
  const top = Math.max(...points.map(([, y]) => y), 0);
  const x = (value: number): number => {
    const share = right === left ? 0.5 : (scaleX(value) - left) / (right - left);
    return margin.left + share * (width - margin.left - margin.right);
  };
  const y = (value: number): number => {
    const share = top === 0 ? 0 : value / top;
    return height - margin.bottom - share * (height - margin.top - margin.bottom);
  };
  const ticksX = plot.logX === true ? decades(left, right) : ticks(left, right);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${margin.left}" y="24" font-size="15">${escaped(plot.title)}</text>`,
    ...ticksX.map((tick) => verticalTick(x(tick), tick)),
    ...ticks(0, top).map((tick) => horizontalTick(y(tick), tick)),
    `<text x="${(margin.left + width - margin.right) / 2}" y="${height - 12}" text-anchor="middle">${escaped(plot.x)}</text>`,
    `<text transform="translate(18 ${height / 2}) rotate(-90)" text-anchor="middle">${escaped(plot.y)}</text>`,
    ...plot.series.map((series, index) => drawn(series, index, x, y)),
    '</svg>\n',
  ].join('\n');
}

function drawn(
  { dots, name, points }: Series,
  index: number,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const colour = colours[index % colours.length] ?? 'black';
  const places = points.map(([px, py]) => [fixed(x(px)), fixed(y(py))] as const);
  const mark =
    dots === true
      ? places.map(([px, py]) => `<circle cx="${px}" cy="${py}" r="3" fill="${colour}"/>`).join('')
      : `<polyline points="${places.map((place) => place.join(',')).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`;
  const at = margin.top + index * 20;
  const legend = width - margin.right + 14;
  return `${mark}<rect x="${legend}" y="${at}" width="12" height="12" fill="${colour}"/><text x="${legend + 18}" y="${at + 10}">${escaped(name)}</text>`;
}

function verticalTick(at: number, value: number): string {
  const foot = height - margin.bottom;
  return `<line x1="${fixed(at)}" x2="${fixed(at)}" y1="${margin.top}" y2="${foot}" stroke="#ddd"/><text x="${fixed(at)}" y="${foot + 18}" text-anchor="middle">${label(value)}</text>`;
}

function horizontalTick(at: number, value: number): string {
  return `<line x1="${margin.left}" x2="${width - margin.right}" y1="${fixed(at)}" y2="${fixed(at)}" stroke="#ddd"/><text x="${margin.left - 8}" y="${fixed(at + 4)}" text-anchor="end">${label(value)}</text>`;
}

/** Round values about a fifth of the way apart. */
export function ticks(low: number, high: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(span / 5));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((each) => span / each <= 6) ?? span;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}

function decades(low: number, high: number): number[] {
  const first = Math.ceil(low - 1e-9);
  const count = Math.floor(high + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => 10 ** (first + index));
}

function label(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
