import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { MessageOf } from '../frames/message.ts';
import { mostWalks } from '../links/neighbour.ts';
import type { Neighbour } from '../links/neighbour.ts';
import { sample } from './chance.ts';
import type { PassiveView } from './passive.ts';

/** PROTOCOL.md O6; 3 and 4 are HyParView's ka and kp. */
const walkLinks = 3;
const neighboursTold = 3;
const passiveTold = 4;
/** Addresses taken from one message: own id, neighbours and passive view of the sender. */
const mostTaken = 1 + neighboursTold + passiveTold;
/** An answer later than this is nobody's. Guess. */
const answerMs = 30_000;

/** Exchange of addresses with a random member, over a walk that is recorded and gone back (O6). */
export class Shuffle {
  readonly #core: Core;
  readonly #passive: PassiveView;
  readonly #learn: (members: readonly SessionId[]) => void;
  #asked: { member: SessionId; until: number } | undefined;

  constructor(core: Core, passive: PassiveView, learn: (members: readonly SessionId[]) => void) {
    this.#core = core;
    this.#passive = passive;
    this.#learn = learn;
  }

  start(): void {
    const { active, now, settings } = this.#core;
    const [next] = sample(greeted(active.values()), 1, settings.random);
    if (next === undefined) return;
    this.#asked = { member: next.member, until: now + answerMs };
    const members = [
      ...this.#some(active.keys(), neighboursTold, [next.member]),
      ...this.#some(this.#passive.members(), passiveTold, []),
    ];
    const path = [settings.self];
    next.link.urgent({ type: 'shuffle', hops: walkLinks - 1, path, members });
  }

  heard(neighbour: Neighbour, message: MessageOf<'shuffle'>): void {
    const { active, settings } = this.#core;
    const { hops, path, members } = message;
    if (path.at(-1) !== neighbour.member || path.includes(settings.self)) {
      this.#core.close(neighbour, 'protocol');
      return;
    }
    if (!neighbour.walks.take(this.#core.now)) return;
    const others = greeted(active.values()).filter(({ member }) => !path.includes(member));
    const [next] = hops > 0 ? sample(others, 1, settings.random) : [];
    if (next !== undefined) {
      const on = { ...message, hops: hops - 1, path: [...path, settings.self] };
      next.link.urgent(on);
      neighbour.walked.add(wayOver(path, next.member));
      for (const oldest of neighbour.walked) {
        if (neighbour.walked.size > mostWalks) neighbour.walked.delete(oldest);
      }
      return;
    }
    const own = this.#some(this.#passive.members(), mostTaken - 1, members);
    const back = path.slice(0, -1);
    neighbour.link.urgent({ type: 'shuffleReply', path: back, members: [settings.self, ...own] });
    this.#learn([...path.slice(0, 1), ...members.slice(0, mostTaken - 1)]);
  }

  replied(neighbour: Neighbour, message: MessageOf<'shuffleReply'>): void {
    const { active, now } = this.#core;
    const { path, members } = message;
    const last = path.at(-1);
    if (last !== undefined) {
      const back = active.get(last);
      if (back?.walked.delete(wayOver(path, neighbour.member)) !== true) return;
      back.link.urgent({ ...message, path: path.slice(0, -1) });
      return;
    }
    if (this.#asked?.member !== neighbour.member || now > this.#asked.until) return;
    this.#asked = undefined;
    this.take(members);
  }

  /** Takes addresses told in passing, as many as a shuffle brings. */
  take(members: readonly SessionId[]): void {
    this.#learn(members.slice(0, mostTaken));
  }

  /** Addresses for a neighbour that is let go (O5). */
  addresses(but: SessionId): SessionId[] {
    const { active } = this.#core;
    const passive = this.#some(this.#passive.members(), mostTaken / 2, [but]);
    return [...this.#some(active.keys(), mostTaken - passive.length, [but]), ...passive];
  }

  #some(members: Iterable<SessionId>, count: number, but: readonly SessionId[]): SessionId[] {
    const fitting = [...members].filter((member) => !but.includes(member));
    return sample(fitting, count, this.#core.settings.random);
  }
}

/** Names a walk that came this way and went on to that neighbour. */
function wayOver(path: readonly SessionId[], next: SessionId): string {
  return [...path, next].join();
}

function greeted(neighbours: Iterable<Neighbour>): Neighbour[] {
  return [...neighbours].filter(({ hello, gone }) => hello && !gone);
}
