import { limits } from '@grapevine/wire';
import { otherEnd } from '../world/link.ts';
import type { World } from '../world/world.ts';
import type { Violation } from './violation.ts';

/** Beyond it the room is sampled, and nobody knows everybody (M1). */
const fullTableMembers = 2000;

/** All who live hold the same. */
export function* convergence(world: World): Generator<Violation> {
  const living = world.living();
  for (const { index: feed, session } of world.log.feeds) {
    let most = 0;
    for (const { heads } of living) most = Math.max(most, heads.get(feed));
    for (const { heads, index } of living) {
      const seq = heads.get(feed);
      if (seq === most) continue;
      const text = `member ${index} holds ${seq} of ${most} deltas of feed ${session}`;
      yield { check: 'convergence', text };
    }
  }
}

/** Who lives is alive in every table, who is gone is not; only in rooms of at most 2,000. */
export function* membership(world: World): Generator<Violation> {
  const living = world.living();
  if (living.length > fullTableMembers) return;
  for (const observer of living) {
    const states = new Map(observer.node.members().map(({ id, state }) => [id, state]));
    for (const subject of living) {
      const state = states.get(subject.id);
      if (subject === observer || state === 'alive') continue;
      const text = `member ${subject.index} lives, but is ${state ?? 'unknown'} to ${observer.index}`;
      yield { check: 'membership', text };
    }
    for (const [id, state] of states) {
      const subject = world.byId.get(id);
      if (subject?.alive === true || state === 'dead' || state === 'left') continue;
      if (state === 'asleep' && subject?.saidAsleep === true) continue;
      const text = `member ${subject?.index ?? id} is gone, but ${state} to ${observer.index}`;
      yield { check: 'membership', text };
    }
  }
}

/** What a node believes of its links is what there is, and what there is has two ends. */
export function* views(world: World): Generator<Violation> {
  for (const member of world.living()) {
    const others = new Set([...member.links.values()].map((link) => otherEnd(link, member.index)));
    const { links } = member.node.stats();
    if (links !== others.size) {
      const text = `member ${member.index} counts ${links} neighbours of ${others.size}`;
      yield { check: 'view symmetry', text };
    }
    for (const link of member.links.values()) {
      const other = world.members[otherEnd(link, member.index)];
      if (other === undefined || !other.alive || other.links.has(link.id)) continue;
      const text = `link ${link.id} of member ${member.index} has no end at ${other.index}`;
      yield { check: 'view symmetry', text };
    }
  }
}

/** Nobody keeps more neighbours than the active view holds (O1). */
export function* degrees(world: World): Generator<Violation> {
  for (const { index, links } of world.living()) {
    if (links.size <= limits.linkedMembers) continue;
    yield { check: 'caps', text: `member ${index} has ${links.size} links` };
  }
}
