import { limits } from '@grapevine/wire';
import type { Message } from '../frames/message.ts';
import type { FakeMember } from './member.ts';
import type { FakeNetwork } from './network.ts';

/** Messages of one type that all links have carried. */
export function total(net: FakeNetwork, type: Message['type']): number {
  return net.taps().reduce((sum, tap) => sum + (tap.counts.get(type) ?? 0), 0);
}

/** Deltas sent unasked. */
export function pushed(net: FakeNetwork): number {
  return net.taps().reduce((sum, tap) => sum + tap.pushedDeltas, 0);
}

/** Deltas sent because they were wanted. */
export function repaired(net: FakeNetwork): number {
  return net.taps().reduce((sum, tap) => sum + tap.repairDeltas, 0);
}

/** Breaches of G3. */
export function pushedTwice(net: FakeNetwork): string[] {
  return net.taps().flatMap(({ twice }) => twice);
}

export function equal(members: readonly FakeMember[]): boolean {
  return members.every(({ vector }) => vector === members[0]?.vector);
}

/** What the member itself says. */
export function claimsSync({ sync }: FakeMember): boolean {
  return sync.pending === 0 && sync.neighbours > 0 && sync.inSyncWith === sync.neighbours;
}

/** All hold the same, and all say so. */
export function inSync(members: readonly FakeMember[]): boolean {
  return equal(members) && members.every(claimsSync);
}

/** Section 9, as breaches in words. A call may exceed a queue by what it is given at once. */
export function overLimits(members: readonly FakeMember[]): string[] {
  return members.flatMap(({ mostUnacked, mostQueued, mostParked }) => {
    const breaches: string[] = [];
    // What is urgent may exceed the window; it is small.
    if (mostUnacked > limits.linkUnackedBytes + limits.frameBytes) breaches.push('window');
    if (mostQueued > limits.linkRumourQueueBytes + 262_144) breaches.push('queue');
    if (mostParked > limits.parkedBytes) breaches.push('parked');
    return breaches;
  });
}
