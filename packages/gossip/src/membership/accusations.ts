import { limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import type { Attest } from '../attest.ts';
import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Awareness } from './awareness.ts';
import type { Checking } from './checking.ts';
import { isWatched, unheard } from './grounds.ts';
import type { Grounds } from './grounds.ts';
import type { Monitor } from './monitor.ts';
import type { Probes } from './probes.ts';
import type { Spread } from './spread.ts';
import { opinionBytes } from './statement.ts';
import type { SignedCard, SignedOpinion } from './statement.ts';
import type { Suspicion } from './suspicion.ts';
import { Suspicions } from './suspicions.ts';
import type { Entry, Table } from './table.ts';

/** Suspicions a new neighbour is told of. Guess: all but those of a mass failure, which M10 brings. */
const mostTold = 16;
/** Members of a room that doubt it, on average, when one comes back to life (M7). */
const doubters = 2;

interface Parts {
  table: Table;
  monitor: Monitor;
  awareness: Awareness;
  checking: Checking;
  probes: Probes;
  spread: Spread;
}

/** Who accuses whom, and what becomes of it (M4-M7, M11, M12). */
export class Accusations {
  /** Whether others do not tell what they think of a member that is not our neighbour (M1). */
  sampled: () => boolean = () => false;
  /** Members in the room. */
  size: () => number = () => 1;
  readonly #core: Core;
  readonly #attest: Attest;
  readonly #table: Table;
  readonly #monitor: Monitor;
  readonly #awareness: Awareness;
  readonly #checking: Checking;
  readonly #probes: Probes;
  readonly #spread: Spread;
  readonly #open = new Suspicions();
  /** Of our last opinion; above those of an earlier life as the card's incarnation is. */
  #number: number;

  constructor(core: Core, attest: Attest, parts: Parts) {
    this.#core = core;
    this.#attest = attest;
    this.#table = parts.table;
    this.#monitor = parts.monitor;
    this.#awareness = parts.awareness;
    this.#checking = parts.checking;
    this.#probes = parts.probes;
    this.#spread = parts.spread;
    this.#number = core.settings.incarnation;
  }

  /** What that member is suspected by. */
  of(member: SessionId): Suspicion | undefined {
    return this.#open.get(member);
  }

  /** A neighbour does not answer, or its link is lost (M4). */
  accuse(entry: Entry, { neighbour, silent, twice }: Grounds): void {
    const { self } = this.#core.settings;
    if (entry.state !== 'alive' && entry.state !== 'suspect') return;
    entry.accused ||= twice;
    const suspicion = this.#suspect(entry);
    if (neighbour !== undefined) suspicion.peers ??= neighbour.peers;
    suspicion.decideAt = undefined;
    if (suspicion.verdictOf(self) === true) return;
    suspicion.heardNothing = silent;
    this.#say(suspicion, true, neighbour);
    this.#plan(suspicion);
  }

  /** The same, unless it answers over others before (M13). */
  probe(entry: Entry, grounds: Grounds): void {
    if (entry.state === 'alive' && this.#probes.wait(entry.id, grounds)) return;
    this.accuse(entry, grounds);
  }

  /** An opinion of another about somebody else. */
  heard(neighbour: Neighbour, message: SignedOpinion): void {
    const { by, about, number } = message;
    this.#spread.heard(neighbour, message);
    if (!this.#isNews(message) && !this.#isEarly(message)) {
      if (by !== this.#core.settings.self && !this.#table.knows(by)) this.#warn(message);
      return;
    }
    const statement = {
      member: by,
      proof: this.#table.get(by)?.proof,
      bytes: opinionBytes(message.type, message),
      signature: message.signature.slice(),
    };
    const signed = { ...message, signature: statement.signature };
    this.#checking.check(`${by} ${about} ${number}`, neighbour, statement, (sources) => {
      if (this.#isNews(signed)) this.#take(signed, sources);
    });
  }

  /** A frame of one we accused has come: it is given the time to say so itself, then we do. */
  heardAgain(neighbour: Neighbour): void {
    neighbour.accusedAt = undefined;
    const suspicion = this.#open.get(neighbour.member);
    if (suspicion?.verdictOf(this.#core.settings.self) !== true) return;
    this.#await(suspicion, neighbour);
    this.#plan(suspicion);
  }

  /** Who is a neighbour from now on hears whom we suspect: those who heard it may be gone. */
  tell(neighbour: Neighbour): void {
    if (this.sampled()) return;
    let told = 0;
    for (const { about, evidence } of this.#open.values()) {
      if (told >= mostTold) return;
      if (evidence === undefined || about.id === neighbour.member) continue;
      neighbour.link.urgent(evidence);
      told++;
    }
  }

  /** A card has come that holds against what its member is accused of (M7). */
  refuted(card: SignedCard): void {
    const suspicion = this.#open.get(card.session);
    if (suspicion === undefined) return;
    const accused = suspicion.verdictOf(this.#core.settings.self) === true;
    if (accused && suspicion.heardNothing && card.state === 'alive') this.#awareness.wronged();
    this.#open.delete(card.session);
  }

  /**
   * A card has refuted what its member was accused of, or has brought it back from the dead. Who
   * is not linked to it cannot know whether the card was only under way for long (M7).
   */
  doubt(entry: Entry, returned: boolean): void {
    if (!this.#probes.foretold(entry) && !entry.accused) {
      if (!returned || this.#core.settings.random() * this.size() >= doubters) return;
    }
    entry.accused = false;
    this.#probes.doubt(entry.id);
  }

  /**
   * The neighbour holds it gone: so do we in the time of M6, unless it shows that it lives. Every
   * neighbour that says so counts as an accuser (M3).
   */
  toldGone({ member: by }: Neighbour, entry: Entry, incarnation: number): void {
    const { active, now } = this.#core;
    const linked = active.get(entry.id);
    if (linked !== undefined) {
      linked.link.urgent({ type: 'gone', session: entry.id, incarnation });
      return;
    }
    const muted = now < this.#awareness.mutedUntil;
    // It woke since, and that card did not come here.
    const woken = entry.state === 'asleep' && incarnation > entry.incarnation;
    if (woken && !muted) this.#table.enter(entry, 'alive');
    // Once it is suspect another accuser would only cost the room a message to all.
    if (entry.state === 'alive' && !muted) this.accuse(entry, unheard);
    const suspicion = this.#open.get(entry.id);
    if (suspicion?.mayJoin(by) !== true) return;
    const number = suspicion.numberOf(by);
    suspicion.hold({ by, accuses: true, number, degree: 0 }, undefined, now);
    this.#plan(suspicion);
  }

  /** The same of one that is not known yet: its card may be on its way (M12). */
  foretell(member: SessionId, incarnation: number): void {
    if (!this.sampled()) this.#probes.foretell(member, incarnation);
  }

  drop(member: SessionId): void {
    this.#open.delete(member);
  }

  /** Our own timers were held up (M8). */
  excuse(): void {
    for (const suspicion of this.#open.values()) {
      suspicion.restart(this.#core.now);
      // It is asked anew when its time is over.
      suspicion.decideAt = undefined;
    }
  }

  /** Decides and declares what is due. @returns when to look again */
  tick(): number {
    const { now } = this.#core;
    const muted = this.#awareness.mutedUntil;
    let next = this.#probes.tick(muted, (member, grounds) => this.#unanswered(member, grounds));
    for (const suspicion of this.#open.values()) {
      if ((suspicion.decideAt ?? Infinity) <= now) this.#decide(suspicion);
      if (this.#deadAt(suspicion) <= now) this.#expire(suspicion);
      if (this.#open.get(suspicion.about.id) !== suspicion) continue;
      next = Math.min(next, this.#deadAt(suspicion), suspicion.decideAt ?? Infinity);
    }
    return next;
  }

  clear(): void {
    this.#open.clear();
    this.#probes.clear();
  }

  /** It did not answer over others, or its card is doubted (M7). */
  #unanswered(member: SessionId, grounds: Grounds | undefined): void {
    const entry = this.#table.get(member);
    if (entry === undefined || this.#core.active.has(member)) return;
    if (grounds !== undefined) this.accuse(entry, grounds);
    else if (entry.state === 'alive') this.accuse(entry, unheard);
  }

  /** Whether an accusation by one not known yet holds, cannot be checked: a neighbour can say so. */
  #warn({ type, about: session, incarnation }: SignedOpinion): void {
    const current = this.#table.get(session)?.incarnation === incarnation;
    if (type !== 'suspect' || !current) return;
    this.#core.active.get(session)?.link.urgent({ type: 'gone', session, incarnation });
  }

  /** The card it is about, or what it vouches against, may be on its way through the same check. */
  #isEarly({ type, by, about }: SignedOpinion): boolean {
    if (this.sampled() || !this.#table.knows(by)) return false;
    if (this.#table.get(about) === undefined) return true;
    return type === 'vouch' && this.of(about) === undefined && this.#checking.concerns(about);
  }

  /** Only what is about the incarnation known: no accuser can drive a member's incarnation up. */
  #isNews(opinion: SignedOpinion): boolean {
    const { by, about, incarnation } = opinion;
    const { self } = this.#core.settings;
    const entry = this.#table.get(about);
    if (by === self || by === about || entry?.incarnation !== incarnation) return false;
    if (entry.state !== 'alive' && entry.state !== 'suspect') return false;
    return this.#table.knows(by) && this.#open.isNews(opinion);
  }

  #take(signed: SignedOpinion, sources: readonly Neighbour[]): void {
    const { active, now, settings } = this.#core;
    const { type, by, about } = signed;
    const entry = this.#table.get(about);
    if (entry === undefined) return;
    const witness = this.#table.get(by);
    if (witness !== undefined) witness.newsAt = now;
    const suspicion = this.#suspect(entry);
    const accuses = type === 'suspect';
    suspicion.hold({ ...signed, accuses }, signed, now);
    const neighbour = active.get(about);
    if (neighbour !== undefined || !this.sampled()) this.#spread.pass(signed, sources, 'later');
    if (accuses && suspicion.verdictOf(settings.self) === undefined) {
      this.#ask(suspicion, neighbour);
    } else if (!accuses && suspicion.verdictOf(settings.self) === true && suspicion.heardNothing) {
      this.#awareness.wronged();
    }
    if (suspicion.accusers === 0) this.#end(suspicion);
    else this.#plan(suspicion);
    // Another accuses it too: there is nothing to wait for.
    const grounds = accuses ? this.#probes.give(about) : undefined;
    if (grounds !== undefined && neighbour === undefined) this.accuse(entry, grounds);
  }

  /**
   * Being its neighbour, we find out whether the accused answers, and tell it: who accuses it may
   * have no link to it any more (M5).
   */
  #ask(suspicion: Suspicion, neighbour: Neighbour | undefined): void {
    if (neighbour === undefined || suspicion.decideAt !== undefined) return;
    suspicion.peers ??= neighbour.peers;
    const { about, incarnation } = suspicion;
    neighbour.link.urgent({ type: 'gone', session: about.id, incarnation });
    this.#await(suspicion, neighbour);
  }

  #await(suspicion: Suspicion, neighbour: Neighbour): void {
    suspicion.decideAt = this.#core.now + this.#monitor.patienceMs(neighbour);
    this.#monitor.echo(neighbour);
  }

  #decide(suspicion: Suspicion): void {
    const { active, settings } = this.#core;
    const { about } = suspicion;
    const neighbour = active.get(about.id);
    if (neighbour === undefined) {
      suspicion.decideAt = undefined;
    } else if (neighbour.echo === undefined) {
      // It has answered.
      suspicion.decideAt = undefined;
      if (suspicion.verdictOf(settings.self) !== false) this.#vouch(suspicion, neighbour);
      else suspicion.restart(this.#core.now);
    } else if (this.#core.now < this.#awareness.mutedUntil) {
      suspicion.decideAt = this.#awareness.mutedUntil;
    } else {
      neighbour.accusedAt ??= this.#core.now;
      this.accuse(about, { neighbour, silent: true, twice: true });
    }
  }

  #vouch(suspicion: Suspicion, neighbour: Neighbour): void {
    const accused = suspicion.verdictOf(this.#core.settings.self) === true;
    if (accused && suspicion.heardNothing) this.#awareness.wronged();
    this.#say(suspicion, false, neighbour);
    if (suspicion.accusers === 0) this.#end(suspicion);
  }

  #suspect(entry: Entry): Suspicion {
    const suspicion = this.#open.begin(entry, this.#core.now);
    this.#table.enter(entry, 'suspect');
    return suspicion;
  }

  /** Ours holds at once here, and goes out when it is signed. */
  #say(suspicion: Suspicion, accuses: boolean, neighbour: Neighbour | undefined): void {
    const { now, settings } = this.#core;
    const { id: about } = suspicion.about;
    const { incarnation } = suspicion;
    const { self: by } = settings;
    const peers = neighbour?.peers;
    const degree = peers === undefined ? 0 : Math.max(1, peers.size + (peers.has(by) ? 0 : 1));
    const number = ++this.#number;
    suspicion.hold({ by, accuses, number, degree }, undefined, now);
    const type = accuses ? 'suspect' : 'vouch';
    const opinion = { by, about, incarnation, number, degree };
    this.#attest.sign(opinionBytes(type, opinion), (signature) => {
      const signed: SignedOpinion = { type, ...opinion, signature };
      const stands = this.#open.get(about) === suspicion || !accuses;
      if (suspicion.sign(signed) && stands) this.#spread.own(signed);
    });
  }

  #deadAt(suspicion: Suspicion): number {
    const { active, settings } = this.#core;
    const neighbour = active.get(suspicion.about.id);
    const room = {
      watching: neighbour !== undefined,
      size: this.size(),
      sampled: this.sampled(),
      self: settings.self,
    };
    const at = suspicion.deadAt(room, this.#awareness);
    return Math.max(at, this.#awareness.mutedUntil, suspicion.decideAt ?? 0);
  }

  #plan(suspicion: Suspicion): void {
    const at = Math.min(this.#deadAt(suspicion), suspicion.decideAt ?? Infinity);
    this.#core.schedule('liveness', Math.max(at, this.#core.now));
  }

  /** Nobody accuses it any more. */
  #end(suspicion: Suspicion): void {
    const { about } = suspicion;
    this.#open.end(suspicion);
    about.accused = false;
    this.#table.enter(about, 'alive');
  }

  /** Its time is over; whom we are linked to and did not accuse is asked once more. */
  #expire(suspicion: Suspicion): void {
    const neighbour = this.#core.active.get(suspicion.about.id);
    const accused = suspicion.verdictOf(this.#core.settings.self) === true;
    if (neighbour === undefined || accused) this.#die(suspicion);
    else this.#ask(suspicion, neighbour);
  }

  #die(suspicion: Suspicion): void {
    const { about, peers } = suspicion;
    this.#open.delete(about.id);
    this.#table.enter(about, 'dead');
    const neighbour = this.#core.active.get(about.id);
    if (neighbour !== undefined) this.#core.close(neighbour, 'silent');
    if (this.sampled()) return;
    const wards = [...(peers ?? [])].slice(0, limits.linkedMembers);
    for (const ward of wards) this.#judge(ward, suspicion);
  }

  /**
   * Who was a neighbour of the dead and did not say so may have died with it, and all who would
   * tell with it (M12). If it lives, it says so.
   */
  #judge(ward: SessionId, suspicion: Suspicion): void {
    const entry = this.#table.get(ward);
    if (entry?.state !== 'alive' || isWatched(this.#core, ward)) return;
    if (suspicion.verdictOf(ward) !== undefined || entry.newsAt > suspicion.since) return;
    this.accuse(entry, { ...unheard, twice: true });
  }
}
