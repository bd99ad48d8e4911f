import type { MessageOf } from '../frames/message.ts';
import { cardOf, standIn as hash } from './attested.ts';
import { Peer, Subject } from './peer.ts';

export const id = (n: number) => n.toString(16).padStart(32, '0');
export const self = id(0x500);
export const many = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => id(from + n));

/** Members beside the neighbours that make a room a large one. */
export const others = many(0x600, 12);

/**
 * A node with neighbours 1, 2, 3 …, linked for a second, so that it may dial again (O3), of which the first has told
 * it the cards of `known`.
 */
export function room(
  count: number,
  random: () => number = () => 0.5,
  known: readonly string[] = [],
): { subject: Subject; peers: Peer[] } {
  const proof = new Uint8Array(48);
  const info = new Uint8Array(0);
  const subject = new Subject({ self, incarnation: 1, proof, info, random, hash });
  subject.now = -1000;
  subject.handle({ type: 'start' });
  const peers = many(1, count).map((member, n) => new Peer(subject, n + 1, member));
  for (const peer of peers) peer.open();
  tellOf(subject, peers[0], known);
  subject.now = 0;
  return { subject, peers };
}

/** The neighbour tells cards, and they hold. */
export function tellOf(subject: Subject, peer: Peer | undefined, members: readonly string[]): void {
  peer?.say(...members.map((member) => cardOf(member)));
  for (const { id: check } of subject.last('verify')) {
    subject.handle({ type: 'verified', id: check, ok: true });
  }
}

/** Members were named, by the rendezvous unless told. @returns whom the node dials */
export function introduce(
  subject: Subject,
  members: readonly string[],
  by: 'rendezvous' | 'tabs' = 'rendezvous',
) {
  subject.handle({ type: 'introduced', members, by });
  return subject.last('dial');
}

export const tick = (subject: Subject) => subject.handle({ type: 'timer', timer: 'overlay' });
/** A dial came to nothing. @returns whom the node dials then */
export const fail = (subject: Subject, member: string, reason: 'absent' | 'refused' | 'failed') => {
  subject.handle({ type: 'dialFailed', member, reason });
  return subject.last('dial').map((dial) => dial.member);
};
export const disconnects = (peer: Peer, subject: Subject) =>
  peer
    .heard(subject.effects)
    .filter((message): message is MessageOf<'disconnect'> => message.type === 'disconnect');
