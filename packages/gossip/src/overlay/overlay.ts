import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { DialFailure } from '../event.ts';
import type { MessageOf } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Member } from '../membership/liveness.ts';
import type { Room } from './band.ts';
import { jittered } from './chance.ts';
import { Degree } from './degree.ts';
import { Dials } from './dials.ts';
import { Incoming } from './incoming.ts';
import { PassiveView, passiveMembers } from './passive.ts';
import { Rendezvous } from './rendezvous.ts';
import { Shuffle } from './shuffle.ts';

/** Why a neighbour left the active view. */
export type Parting = 'lost' | 'closed' | 'disconnected' | 'left';

/** PROTOCOL.md O6, O8. */
const shuffleMs = 30_000;
const healWeight = 3;
/** A link that held for so long makes earlier failures to dial its member forgotten. Guess. */
const heldMs = 30_000;

/** Who is linked to whom (PROTOCOL.md section 9). */
export class Overlay {
  /** The link will end: whoever hangs on it looks for another. @returns when nobody needs it any more */
  leaving: (neighbour: Neighbour) => number | undefined = () => undefined;
  readonly #core: Core;
  readonly #liveness: Room;
  readonly #passive: PassiveView;
  readonly #dials: Dials;
  readonly #incoming: Incoming;
  readonly #rendezvous: Rendezvous;
  readonly #shuffle: Shuffle;
  readonly #degree: Degree;
  #running = false;
  #shuffleAt = 0;
  /** The rendezvous was asked for somebody of another part of a split room. */
  #healing = false;

  constructor(core: Core, liveness: Room) {
    this.#core = core;
    this.#liveness = liveness;
    // Of those it has no card of anybody can make up as many as he likes.
    const isKnown = (member: SessionId): boolean => liveness.sampled || liveness.isHere(member);
    const passive = new PassiveView(core.settings.random, isKnown);
    const dials = new Dials(core);
    const incoming = new Incoming(core);
    const rendezvous = new Rendezvous(core);
    this.#passive = passive;
    this.#dials = dials;
    this.#incoming = incoming;
    this.#rendezvous = rendezvous;
    this.#shuffle = new Shuffle(core, passive, (members) => this.#learn(members));
    const part = (neighbour: Neighbour): void => this.#part(neighbour);
    this.#degree = new Degree(core, { liveness, passive, dials, incoming, rendezvous, part });
  }

  /** Also when it runs already: the network is back, nobody waits for a new try. */
  start(): void {
    this.#running = true;
    this.#dials.retryAll();
    this.#shuffleAt = this.#core.now + jittered(shuffleMs, this.#core.settings.random);
    this.#core.schedule('overlay', this.#core.now);
  }

  stop(): void {
    this.#running = false;
    this.#core.unschedule('overlay');
  }

  /** Members of the passive view (O2). */
  get passive(): SessionId[] {
    return [...this.#passive.members()];
  }

  introduced(members: readonly SessionId[], by: 'rendezvous' | 'tabs'): void {
    const { active, now, settings } = this.#core;
    const others = members.filter((member) => member !== settings.self && !active.has(member));
    for (const member of others) this.#passive.introduce(member, now);
    if (by === 'rendezvous') {
      this.#rendezvous.answered();
      if (this.#healing) this.#heal(others);
    }
    this.#fill();
  }

  /** A neighbour told who its neighbours are. */
  told(neighbour: Neighbour): void {
    for (const member of neighbour.peers) {
      // Neighbours of neighbours fill half the view at most: links among them alone make a cluster.
      if (this.#passive.size >= passiveMembers / 2) break;
      this.#learn([member]);
    }
    this.#fill();
  }

  /** Whether an incoming dial is to be taken up (O4). What is taken up counts as a link from now on. */
  accepts(member: SessionId, urgent: boolean): boolean {
    if (!this.#running || member === this.#core.settings.self) return false;
    if (this.#core.active.has(member) || this.#dials.has(member)) return true;
    return this.#degree.hasRoomFor(member, urgent) && this.#incoming.take(member);
  }

  dialFailed(member: SessionId, reason: DialFailure): void {
    if (!this.#dials.has(member)) return;
    this.#dials.ended(member);
    if (!this.#core.active.has(member)) {
      this.#dials.failedInRow++;
      this.#dials.failed(member);
      if (reason === 'refused') this.#dials.rest(member);
      if (reason === 'absent' && !this.#liveness.isHere(member)) this.#passive.delete(member);
    }
    this.#fill();
  }

  /** The neighbour said hello: it is in the active view. */
  entered({ member }: Neighbour): void {
    this.#dials.linked(member);
    this.#incoming.ended(member);
    this.#passive.delete(member);
    this.#degree.trim((pruned) => this.#shuffle.addresses(pruned.member));
    this.#fill();
  }

  /** The last link to its member went. */
  parted({ member, upAt }: Neighbour, parting: Parting): void {
    const { now } = this.#core;
    this.#dials.ended(member);
    this.#incoming.ended(member);
    if (parting === 'left') {
      this.#passive.delete(member);
    } else {
      this.#learn([member]);
      if (now >= upAt + heldMs) this.#dials.forgive(member);
      if (parting !== 'disconnected') this.#dials.failed(member);
      if (parting !== 'lost') this.#dials.rest(member);
    }
    this.#fill();
  }

  memberChanged({ id, state }: Pick<Member, 'id' | 'state'>): void {
    if (state === 'alive') {
      if (this.#core.active.has(id) || this.#passive.has(id)) return;
      // So that the view is a fair sample of all who come.
      const chance = passiveMembers / this.#liveness.size;
      if (this.#core.settings.random() >= chance) return;
      this.#learn([id]);
      this.#fill();
    } else if (state !== 'suspect') {
      this.#passive.delete(id);
    }
  }

  shuffle(neighbour: Neighbour, message: MessageOf<'shuffle'>): void {
    this.#shuffle.heard(neighbour, message);
    this.#fill();
  }

  shuffleReply(neighbour: Neighbour, message: MessageOf<'shuffleReply'>): void {
    this.#shuffle.replied(neighbour, message);
    this.#fill();
  }

  /** It lets us go (O5). */
  disconnect(neighbour: Neighbour, message: MessageOf<'disconnect'>): void {
    if (neighbour.partsAt !== undefined) return;
    this.#shuffle.take(message.members);
    this.#part(neighbour);
  }

  tick(): void {
    const { active, now, settings } = this.#core;
    if (now >= this.#shuffleAt) {
      this.#shuffleAt = now + jittered(shuffleMs, settings.random);
      if (!this.#degree.small) this.#shuffle.start();
      this.#degree.relax((pruned) => this.#shuffle.addresses(pruned.member));
      if (active.size > 0 && settings.random() < healWeight / this.#liveness.size) {
        this.#healing = true;
        this.#core.emit({ type: 'rendezvous' });
      }
    }
    this.#core.schedule('overlay', this.#shuffleAt);
    for (const neighbour of active.values()) {
      if (neighbour.partsAt === undefined || neighbour.gone) continue;
      if (now >= neighbour.partsAt) this.#core.close(neighbour, 'pruned');
      else this.#core.schedule('overlay', neighbour.partsAt);
    }
    this.#fill();
  }

  /** What is under way on it, and what still comes before others feed us, is not lost (O5). */
  #part(neighbour: Neighbour): void {
    neighbour.parting = 'disconnected';
    neighbour.partsAt = this.leaving(neighbour);
    if (neighbour.partsAt === undefined) this.#core.close(neighbour, 'pruned');
    else this.#core.schedule('overlay', neighbour.partsAt);
  }

  #fill(): void {
    if (this.#running) this.#degree.fill();
  }

  /** One of the members introduced that nobody here has heard of, whatever the degree (O8). */
  #heal(members: readonly SessionId[]): void {
    this.#healing = false;
    const unknown = members.filter((member) => !this.#liveness.isHere(member));
    const chosen = unknown[Math.floor(this.#core.settings.random() * unknown.length)];
    if (chosen === undefined || this.#dials.has(chosen)) return;
    this.#passive.forgetIntroduction(chosen);
    this.#dials.dial(chosen, true);
  }

  #learn(members: readonly SessionId[]): void {
    const { active, now, settings } = this.#core;
    for (const member of members) {
      if (member === settings.self || active.has(member)) continue;
      const gone = this.#liveness.get(member) !== undefined && !this.#liveness.isHere(member);
      if (!gone) this.#passive.add(member, now);
    }
  }
}
