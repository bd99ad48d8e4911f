import { EventQueue } from '../world/queue.ts';
import { below } from '../world/random.ts';
import type { Random } from '../world/random.ts';

/**
 * SWIM: expected protocol periods until somebody probes a crashed member, where each of the others
 * probes one at random in each. e / (e - 1) in large rooms.
 */
export function detectionLaw(members: number): number {
  return 1 / (1 - (1 - 1 / (members - 1)) ** (members - 1));
}

const periodMs = 1000;

/**
 * SWIM's random probing (Das et al. 2002) on the simulator's own event queue: every member probes
 * one other, chosen at random, each period at its own moment. Checks the clockwork, not the
 * protocol. @returns periods from a crash until the first probe of the crashed, rounded up
 */
export function firstDetection(members: number, random: Random): number {
  const queue = new EventQueue();
  for (let member = 0; member < members; member++) {
    queue.push(random() * periodMs, 0, member, 0, undefined);
  }
  const crashed = below(random, members);
  const crashedAt = periodMs * (1 + random());
  while (queue.pop()) {
    const { a: prober, now } = queue;
    if (prober === crashed && now >= crashedAt) continue;
    const target = below(random, members - 1);
    const probed = target < prober ? target : target + 1;
    if (probed === crashed && now >= crashedAt) return Math.ceil((now - crashedAt) / periodMs);
    queue.push(now + periodMs, 0, prober, 0, undefined);
  }
  return Infinity;
}
