import type { SessionId } from '@grapevine/wire';
import type { Attest } from '../attest.ts';
import type { Core } from '../core.ts';
import { proofBytes } from '../frames/member-messages.ts';
import type { MessageOf } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Parting } from '../overlay/overlay.ts';
import type { DigestTree, Leaf } from '../repair/digest.ts';
import { Accusations } from './accusations.ts';
import { Answers, isPresent } from './answers.ts';
import { Awareness } from './awareness.ts';
import { OwnCard } from './card.ts';
import { Checking } from './checking.ts';
import { Monitor } from './monitor.ts';
import { Probes } from './probes.ts';
import { Sampling } from './sampling.ts';
import { Spread } from './spread.ts';
import { cardBytes, isLater, kept } from './statement.ts';
import type { SignedCard } from './statement.ts';
import { Table, sampledDigest } from './table.ts';
import type { Member } from './table.ts';
import { Upkeep } from './upkeep.ts';

export type { Member } from './table.ts';

/** An accusation with both names. */
const opinionSize = 160;

/** Who is here (PROTOCOL.md section 11): the table of members and all that changes it. */
export class Liveness {
  readonly probes: Probes;
  readonly spread: Spread;
  readonly #core: Core;
  readonly #answers: Answers;
  readonly #checking: Checking;
  readonly #table: Table;
  readonly #awareness: Awareness;
  readonly #monitor: Monitor;
  readonly #accusations: Accusations;
  readonly #own: OwnCard;
  readonly #sampling: Sampling;
  readonly #upkeep: Upkeep;
  #over = false;
  /** When the links are to be looked at next. */
  #linksAt = Infinity;

  constructor(core: Core, attest: Attest) {
    this.#core = core;
    this.#checking = new Checking(core, attest);
    this.#table = new Table(core);
    this.spread = new Spread(core, this.#table);
    this.#awareness = new Awareness(core);
    this.#sampling = new Sampling(core);
    this.#monitor = new Monitor(core, this.#awareness);
    this.probes = new Probes(core, attest, this.#table, () => this.size);
    this.#accusations = new Accusations(core, attest, {
      table: this.#table,
      monitor: this.#monitor,
      awareness: this.#awareness,
      checking: this.#checking,
      probes: this.probes,
      spread: this.spread,
    });
    this.#answers = new Answers(this.#table, this.#accusations);
    this.#accusations.sampled = () => this.#sampling.sampled;
    this.#accusations.size = () => this.size;
    this.#upkeep = new Upkeep(core, {
      table: this.#table,
      accusations: this.#accusations,
      awareness: this.#awareness,
      probes: this.probes,
      sampling: this.#sampling,
    });
    const words = () => ({ health: this.#awareness.health, size: this.size });
    this.#own = new OwnCard(core, attest, words);
    this.#own.onCard = (card) => this.#told(card);
  }

  /** Called on every change of a member. */
  set onChange(change: (member: Member) => void) {
    this.#table.onChange = change;
  }

  /** Members here, this one included; an estimate in a sampled room (A4). */
  get size(): number {
    return this.#sampling.size(this.#table.here);
  }

  /** More members than the table may hold (M1). */
  get sampled(): boolean {
    return this.#sampling.sampled;
  }

  /** How many members the room is estimated to have (A4). */
  set estimate(members: number | undefined) {
    this.#sampling.estimate(members);
  }

  /** Of the table of members (M10): 8 bytes, the same array until it changes. */
  get digest(): Uint8Array {
    return this.#sampling.sampled ? sampledDigest : this.#table.digest;
  }

  /** What the digest is the root of; this member is in it. */
  get tree(): DigestTree<Leaf> {
    return this.#table.tree;
  }

  /** Of our own card. */
  get incarnation(): number {
    return this.#own.incarnation;
  }

  /** Local health, 0 well to 7 (M8). */
  get health(): number {
    return this.#awareness.health;
  }

  get(member: SessionId): Member | undefined {
    return this.#table.get(member);
  }

  /** Alive or suspect. */
  isHere(member: SessionId): boolean {
    return this.#table.isHere(member);
  }

  /** Everybody remembered, the gone included, this member not. */
  members(): Member[] {
    return this.#table.all();
  }

  /** Those alive, suspect or asleep, without a copy. */
  present(): Iterable<Member> {
    return this.#table.present();
  }

  cardOf(member: SessionId): SignedCard | undefined {
    return this.#table.cardOf(member);
  }

  /** Sends the neighbour what is known of that member: card, and what it is suspect by (M10). */
  offer(neighbour: Neighbour, member: SessionId): void {
    const card = this.#table.cardOf(member);
    if (card !== undefined) neighbour.link.bulk(card, cardBytes(card).length + proofBytes);
    const accusation = this.#accusations.of(member)?.evidence;
    if (accusation !== undefined) neighbour.link.bulk(accusation, opinionSize);
  }

  start(): void {
    this.#over = false;
    this.#own.start();
    this.#upkeep.start();
    this.tick();
  }

  /** Throws `too-many-metrics`, `metric-invalid`. Our value of an aggregate, for the card. */
  metric(name: string, value: number | undefined): void {
    this.#own.metric(name, value);
  }

  /** What we say of ourselves changed. */
  info(): void {
    this.#own.infoChanged();
  }

  /** We are about to sleep (M9). The next round shows that we are awake: not at once, therefore. */
  sleep(): void {
    this.#own.end('asleep');
    if (this.#core.dueAt('round') === undefined) return;
    this.#core.unschedule('round');
    this.#core.schedule('round', this.#core.now + this.#core.settings.idleIntervalMs);
  }

  leave(): void {
    this.spread.leave();
    this.#upkeep.leave();
    this.#own.end('left');
    this.#over = true;
    this.#accusations.clear();
    this.#table.clear();
    this.#core.unschedule('liveness');
    this.#core.unschedule('membership');
  }

  /** A link has come up, and our hello is on it. */
  greet(neighbour: Neighbour): void {
    this.#monitor.echo(neighbour);
    const card = this.#own.current;
    if (card !== undefined) neighbour.link.urgent(card);
  }

  hello(neighbour: Neighbour, message: MessageOf<'hello'>): void {
    this.#monitor.promised(neighbour, message.intervalMs);
    neighbour.memberDigest = message.members;
    this.#table.meet(neighbour.member, message);
    this.#upkeep.found(neighbour.member);
    this.#accusations.heardAgain(neighbour);
    this.#accusations.tell(neighbour);
    this.#sampling.learn(neighbour);
  }

  /** Any frame is a sign of life. */
  heard(neighbour: Neighbour): void {
    neighbour.heardAt = this.#core.now;
    if (neighbour.accusedAt !== undefined) this.#accusations.heardAgain(neighbour);
  }

  round(neighbour: Neighbour, message: MessageOf<'round'>): void {
    this.#monitor.promised(neighbour, message.intervalMs);
    neighbour.memberDigest = message.members;
    const entry = this.#table.get(neighbour.member);
    if (entry !== undefined && isPresent(entry)) this.#table.hide(entry, message.hidden);
    this.#sampling.learn(neighbour);
  }

  /** It said goodbye; its card that says so spreads by itself. */
  left(neighbour: Neighbour): void {
    const entry = this.#table.get(neighbour.member);
    if (entry === undefined || !isPresent(entry)) return;
    this.#accusations.drop(entry.id);
    entry.card = undefined;
    this.#table.enter(entry, 'left');
  }

  /** The last link to that member is gone. */
  parted(neighbour: Neighbour, parting: Parting): void {
    if (this.#over || parting !== 'lost') return;
    const { member } = neighbour;
    if (this.#core.now < this.#awareness.mutedUntil) {
      this.#upkeep.missed(member);
      return;
    }
    const entry = this.#table.get(member);
    if (entry === undefined) return;
    this.#accusations.probe(entry, { neighbour, silent: false, twice: true });
  }

  echoReply(neighbour: Neighbour, nonce: number): void {
    this.#monitor.echoReply(neighbour, nonce);
  }

  alive(neighbour: Neighbour, message: MessageOf<'alive'>): void {
    const { session } = message;
    const { self, proof } = this.#core.settings;
    if (this.#over || !this.#concerns(message)) return;
    this.spread.heard(neighbour, message);
    if (session === self ? !this.#isAboveOurs(message) : !this.#table.isNews(message)) {
      this.#answers.card(neighbour, message);
      return;
    }
    const card = kept(message);
    const { signature } = card;
    const key = `${session} ${card.incarnation} ${card.state}`;
    const statement = { member: session, proof: card.proof, bytes: cardBytes(card), signature };
    if (session === self) {
      this.#checking.check(key, neighbour, { ...statement, proof }, () => {
        if (this.#isAboveOurs(card)) this.#own.above(card.incarnation);
      });
    } else {
      this.#checking.check(key, neighbour, statement, (sources) => this.#take(card, sources));
    }
  }

  suspected(neighbour: Neighbour, message: MessageOf<'suspect'>): void {
    const { about, incarnation } = message;
    if (this.#over) return;
    if (about === this.#core.settings.self) this.#own.accused(incarnation);
    else this.#accusations.heard(neighbour, message);
    this.#answers.accusation(neighbour, message);
  }

  gone(neighbour: Neighbour, { session, incarnation }: MessageOf<'gone'>): void {
    if (this.#over) return;
    if (session === this.#core.settings.self) {
      this.#own.accused(incarnation);
      return;
    }
    const entry = this.#table.get(session);
    if (entry === undefined) this.#accusations.foretell(session, incarnation);
    if (entry === undefined || !isPresent(entry)) return;
    if (entry.incarnation <= incarnation) {
      this.#accusations.toldGone(neighbour, entry, incarnation);
    } else if (entry.card !== undefined) neighbour.link.urgent(entry.card);
  }

  vouched(neighbour: Neighbour, message: MessageOf<'vouch'>): void {
    if (!this.#over) this.#accusations.heard(neighbour, message);
  }

  /** Our own timer ran late: what we missed meanwhile is held against nobody, for one interval. */
  excuse(): void {
    this.#awareness.mute();
    this.#monitor.excuse();
    this.#accusations.excuse();
  }

  /** Our round has come, `lateMs` after it was due: whoever slept is awake. */
  beat(lateMs: number): void {
    if (this.#own.state === 'asleep') this.#own.start();
    else this.#awareness.round(lateMs);
    this.tick();
  }

  /** The timer of links and accusations went off: mostly only the accusations are due. */
  due(): void {
    if (this.#over) return;
    if (this.#core.now >= this.#linksAt) {
      this.tick();
      return;
    }
    const next = Math.min(this.#linksAt, this.#accusations.tick(), this.spread.tick());
    if (next < Infinity) this.#core.schedule('liveness', next);
  }

  /** Applies what time has brought, and says when to look again. */
  tick(): void {
    if (this.#over) return;
    const links = this.#monitor.tick(
      (neighbour) => this.#table.get(neighbour.member)?.state !== 'asleep',
      (neighbour) => this.#silent(neighbour),
    );
    this.#linksAt = links;
    const next = Math.min(links, this.#accusations.tick(), this.spread.tick());
    if (next < Infinity) this.#core.schedule('liveness', next);
    const later = Math.min(this.#own.tick(), this.#upkeep.tick());
    if (later < Infinity) this.#core.schedule('membership', later);
  }

  /** @returns true: there is nothing else to be done about it but to close the link */
  #silent(neighbour: Neighbour): boolean {
    const entry = this.#table.get(neighbour.member);
    if (entry !== undefined) {
      this.#accusations.accuse(entry, { neighbour, silent: true, twice: true });
    }
    return true;
  }

  /** Our own card goes to all neighbours, who pass it on. */
  #told(card: SignedCard): void {
    this.#table.setOwn(card);
    this.spread.own(card);
  }

  /** Whether there is a place for that member in the table (M1). */
  #concerns({ session }: SignedCard): boolean {
    if (session === this.#core.settings.self) return true;
    if (this.#table.get(session) !== undefined) return true;
    if (this.#table.full) this.#sampling.begin();
    return !this.#sampling.sampled;
  }

  #isAboveOurs(card: SignedCard): boolean {
    const ours = this.#own.current;
    return card.incarnation >= this.incarnation && (ours === undefined || isLater(card, ours));
  }

  #take(card: SignedCard, sources: readonly Neighbour[]): void {
    if (this.#over || !this.#table.isNews(card)) return;
    const { active, now } = this.#core;
    const neighbour = active.get(card.session);
    const before = this.#table.get(card.session)?.state;
    const woken = before === 'asleep' && neighbour !== undefined;
    if (woken) neighbour.heardAt = now;
    this.#accusations.refuted(card);
    const entry = this.#table.take(card);
    if (neighbour !== undefined || card.state !== 'alive') entry.accused = false;
    else if (card.state === 'alive') {
      const returned = before === 'dead' || before === 'left' || before === 'asleep';
      this.#accusations.doubt(entry, returned);
    }
    if (card.state === 'asleep') this.#upkeep.slept();
    // It is watched again.
    if (woken) this.tick();
    // Who goes is seen to go at once. What ends a suspicion, or takes a membership up again, is not
    // left to a tree that may be broken.
    const returns = before !== undefined && before !== 'alive';
    const reach = card.state !== 'alive' ? 'all' : returns ? 'later' : 'tree';
    if (!this.#sampling.sampled) this.spread.pass(card, sources, reach);
  }
}
