import { defaultSettings } from '@grapevine/gossip';
import { limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { otherEnd } from '../world/link.ts';
import type { SimMember } from '../world/member.ts';
import type { World } from '../world/world.ts';
import type { Violation } from './violation.ts';

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

/** Who lives is alive in every table, who is gone is not; not in sampled rooms (M1). */
export function* membership(world: World): Generator<Violation> {
  const living = world.living();
  const { knownMembers = defaultSettings.knownMembers } = world.options.settings;
  if (living.length >= knownMembers) return;
  for (const observer of living) {
    const table = new Map(observer.node.members().map((member) => [member.id, member]));
    for (const subject of living) {
      const state = table.get(subject.id)?.state;
      if (subject === observer || state === 'alive') continue;
      const text = `member ${subject.index} lives, but is ${state ?? 'unknown'} to ${observer.index}`;
      yield { check: 'membership', text };
    }
    for (const { id, incarnation, state } of table.values()) {
      const subject = world.byId.get(id);
      if (subject?.alive === true || state === 'dead' || state === 'left') continue;
      const sleeps = state === 'asleep' && subject?.saidAsleep === true;
      if (sleeps && !isKnownToWake(world, observer, id, incarnation)) continue;
      const text = `member ${subject?.index ?? id} is gone, but ${state} to ${observer.index}`;
      yield { check: 'membership', text };
    }
  }
}

/** Whether a neighbour, who would say so (M3), has heard of that member after it fell asleep. */
function isKnownToWake(
  world: World,
  observer: SimMember,
  id: SessionId,
  incarnation: number,
): boolean {
  for (const link of observer.links.values()) {
    const neighbour = world.members[otherEnd(link, observer.index)];
    const known = neighbour?.node.members().find((member) => member.id === id);
    if (known !== undefined && known.incarnation > incarnation) return true;
  }
  return false;
}

export interface Asymmetry extends Violation {
  /** The member, and the link where it is one: the same for as long as it lasts. */
  where: string;
}

/** What a node believes of its links is what there is, and what there is has two ends. */
export function* views(world: World): Generator<Asymmetry> {
  for (const member of world.living()) {
    const others = new Set([...member.links.values()].map((link) => otherEnd(link, member.index)));
    const { links } = member.node.stats();
    if (links !== others.size) {
      const text = `member ${member.index} counts ${links} neighbours of ${others.size}`;
      yield { check: 'view symmetry', text, where: `${member.index}` };
    }
    for (const link of member.links.values()) {
      const other = world.members[otherEnd(link, member.index)];
      if (other === undefined || !other.alive || other.links.has(link.id)) continue;
      const text = `link ${link.id} of member ${member.index} has no end at ${other.index}`;
      yield { check: 'view symmetry', text, where: `${member.index} ${link.id}` };
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
