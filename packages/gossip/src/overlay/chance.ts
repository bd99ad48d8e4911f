/** Uniform between half of `ms` and one and a half: what many members do at once spreads out. */
export function jittered(ms: number, random: () => number): number {
  return ms * (0.5 + random());
}

/** At most `count` different ones of `items`, each set of that size equally likely, in random order. */
export function sample<T>(items: Iterable<T>, count: number, random: () => number): T[] {
  const rest = [...items];
  const size = Math.min(count, rest.length);
  for (let at = 0; at < size; at++) {
    const other = at + Math.floor(random() * (rest.length - at));
    const [a, b] = [rest[at], rest[other]];
    if (a === undefined || b === undefined) break;
    rest[at] = b;
    rest[other] = a;
  }
  return rest.slice(0, size);
}
