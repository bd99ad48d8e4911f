import { convergence, degrees, membership, views } from '../check/state.ts';
import { violationsPerCheck } from '../check/violation.ts';
import type { Violation } from '../check/violation.ts';
import { components } from '../metrics/components.ts';
import type { World } from '../world/world.ts';
import { healAll } from './faults.ts';

const lookEveryMs = 2000;
/** Quiet between the two looks at which a room must be whole: longer than any round trip. */
const quietMs = 5000;

/**
 * Ends what is wrong and waits until the room is whole at two looks with quiet between them.
 * @param until runs the world to that time
 * @returns what was still wrong
 */
export function* heal<Step>(
  world: World,
  healMs: number,
  until: (end: number) => Generator<Step>,
): Generator<Step, Violation[]> {
  healAll(world);
  const start = world.now;
  let wasWhole = false;
  let lacking: string[] = [];
  let lopsided = new Set<string>();
  for (;;) {
    lopsided = new Set([...views(world)].map(({ where }) => where));
    yield* until(world.now + (wasWhole ? quietMs : lookEveryMs));
    lacking = whatLacks(world);
    const whole = lacking.length === 0;
    if (whole && wasWhole) break;
    wasWhole = whole;
    if (world.now - start < healMs) continue;
    const seconds = Math.round((world.now - start) / 1000);
    const last = whole ? 'it was only at the last look' : lacking.join('; ');
    const text = `after ${seconds} s the room had not been whole at two looks: ${last}`;
    return [{ check: 'heal', text }, ...wrong(world, lopsided)];
  }
  return wrong(world, lopsided);
}

function wrong(world: World, lopsided: ReadonlySet<string>): Violation[] {
  const states = [convergence, membership, degrees].flatMap((check) => firstOf(check(world)));
  // An end that is under way is no asymmetry: what is one stays the same through the quiet.
  const asymmetries = [...views(world)].filter(({ where }) => lopsided.has(where));
  return [...states, ...asymmetries, ...connectivity(world)];
}

function firstOf(violations: Generator<Violation>): Violation[] {
  const first: Violation[] = [];
  for (const violation of violations) {
    if (first.push(violation) === violationsPerCheck) break;
  }
  return first;
}

function* connectivity(world: World): Generator<Violation> {
  const parts = components(world);
  if (parts.length < 2) return;
  const sizes = parts.length > 5 ? `${parts.slice(0, 5).join(', ')} …` : parts.join(', ');
  yield { check: 'connectivity', text: `the room is in parts of ${sizes} members` };
}

/** What keeps the room from being whole: of each kind the first. */
function whatLacks(world: World): string[] {
  const first = [convergence, membership, degrees, connectivity].flatMap((check) => {
    const { value } = check(world).next();
    return value === undefined ? [] : [value.text];
  });
  const { coming } = world;
  return coming > 0 ? [`members still to come: ${coming}`, ...first] : first;
}
