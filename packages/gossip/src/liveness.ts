import type { SessionId } from '@grapevine/wire';
import type { Core } from './core.ts';
import type { MemberState } from './event.ts';
import type { MessageOf } from './message.ts';
import type { Neighbour } from './neighbour.ts';

/**
 * An echo is sent after this many silent intervals, so that its answer can come before the third is
 * over. Guess.
 */
const echoAfterIntervals = 2.25;
/** PROTOCOL.md G8. */
const suspectAfterIntervals = 3;
/** Weight of a new round trip in the mean, as in TCP (RFC 6298). */
const srttWeight = 1 / 8;

export interface Member {
  id: SessionId;
  state: MemberState;
  /** Time of the node at which it entered that state. */
  since: number;
  incarnation: number;
  hidden: boolean;
  info: Uint8Array;
}

/** Who is here, by what their links say (G8). */
export class Liveness {
  readonly #core: Core;
  readonly #members = new Map<SessionId, Member>();
  /** Nobody is accused before: our own timer ran late. */
  #mutedUntil = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  members(): Member[] {
    return [...this.#members.values()].map((member) => ({ ...member }));
  }

  hello(neighbour: Neighbour, message: MessageOf<'hello'>): void {
    const { info, incarnation, hidden } = message;
    const id = neighbour.member;
    const known = this.#members.get(id);
    if (known === undefined) {
      this.#makeRoom();
      const member: Member = {
        id,
        state: 'alive',
        since: this.#core.now,
        incarnation,
        hidden,
        info,
      };
      this.#members.set(id, member);
      this.#emit(member);
      return;
    }
    known.incarnation = Math.max(known.incarnation, incarnation);
    known.hidden = hidden;
    this.#enter(known, 'alive', info);
  }

  /** Any frame refutes a suspicion. */
  heard(neighbour: Neighbour): void {
    neighbour.heardAt = this.#core.now;
    const member = this.#members.get(neighbour.member);
    if (member?.state === 'suspect') this.#enter(member, 'alive', member.info);
  }

  /**
   * Only a heartbeat shows that one who announced sleep is awake: what was under way still arrives
   * after it.
   */
  round(neighbour: Neighbour, { hidden, intervalMs }: MessageOf<'round'>): void {
    neighbour.intervalMs = intervalMs;
    const member = this.#members.get(neighbour.member);
    if (member === undefined) return;
    member.hidden = hidden;
    if (member.state === 'asleep') this.#enter(member, 'alive', member.info);
  }

  info(neighbour: Neighbour, info: Uint8Array): void {
    const member = this.#members.get(neighbour.member);
    if (member !== undefined) this.#enter(member, member.state, info);
  }

  asleep(neighbour: Neighbour): void {
    const member = this.#members.get(neighbour.member);
    if (member !== undefined) this.#enter(member, 'asleep', member.info);
  }

  left(neighbour: Neighbour): void {
    const member = this.#members.get(neighbour.member);
    if (member !== undefined) this.#enter(member, 'left', member.info);
  }

  /** We left: nobody is watched any more. */
  forgetAll(): void {
    this.#members.clear();
  }

  /** Asks for a sign of life, and measures the round trip. */
  echo(neighbour: Neighbour): void {
    const nonce = Math.floor(this.#core.settings.random() * 2 ** 32);
    neighbour.echo = { nonce, at: this.#core.now };
    neighbour.link.urgent({ type: 'echo', nonce });
  }

  echoReply(neighbour: Neighbour, nonce: number): void {
    if (neighbour.echo?.nonce !== nonce) return;
    const sample = this.#core.now - neighbour.echo.at;
    const before = neighbour.srttMs ?? sample;
    neighbour.srttMs = before + (sample - before) * srttWeight;
    neighbour.echo = undefined;
  }

  /** Our own timer ran late: what we missed meanwhile is held against nobody, for one interval. */
  excuse(): void {
    const { now } = this.#core;
    this.#mutedUntil = now + this.#core.settings.intervalMs;
    for (const neighbour of this.#core.links.values()) {
      neighbour.heardAt = now;
      neighbour.echo = undefined;
    }
    for (const member of this.#members.values()) if (member.state === 'suspect') member.since = now;
  }

  /** Applies what time has brought, and says when to look again. */
  tick(): void {
    let next = Infinity;
    for (const member of this.#members.values()) next = Math.min(next, this.#check(member));
    for (const neighbour of this.#core.links.values()) {
      next = Math.min(next, this.#checkUnused(neighbour));
    }
    if (next < Infinity) this.#core.schedule('liveness', next);
  }

  /** @returns when to check again */
  #check(member: Member): number {
    const { now, settings } = this.#core;
    if (member.state === 'asleep') {
      const deadAt = member.since + settings.asleepMs;
      if (now < deadAt) return deadAt;
      this.#enter(member, 'dead', member.info);
    }
    const neighbour = this.#core.active.get(member.id);
    if (member.state === 'alive') {
      const at = neighbour === undefined ? 0 : this.#suspectAt(neighbour);
      if (now < at) return at;
      if (now < this.#mutedUntil) return this.#mutedUntil;
      this.#enter(member, 'suspect', member.info);
    }
    if (member.state !== 'suspect') return Infinity;
    const deadAt = Math.max(member.since + settings.suspectMs, this.#mutedUntil);
    if (now < deadAt) return deadAt;
    if (neighbour === undefined && this.#isVouchedFor(member.id)) return now + settings.intervalMs;
    this.#enter(member, 'dead', member.info);
    if (neighbour !== undefined) this.#core.close(neighbour, 'silent');
    return Infinity;
  }

  /**
   * Sends the echo when it is time. @returns when the neighbour is to be checked again, or is
   * suspect
   */
  #suspectAt(neighbour: Neighbour): number {
    const { now } = this.#core;
    const { heardAt, intervalMs } = neighbour;
    const echoAt = heardAt + echoAfterIntervals * intervalMs;
    const asked = neighbour.echo !== undefined && neighbour.echo.at > heardAt;
    if (!asked && now < echoAt) return echoAt;
    if (!asked) this.echo(neighbour);
    const answerBy = (neighbour.echo?.at ?? now) + this.#core.patienceMs(neighbour);
    return Math.max(heardAt + suspectAfterIntervals * intervalMs, answerBy);
  }

  /**
   * A link that never said hello, or a second one to a member that has fallen silent, is closed;
   * nobody is accused.
   */
  #checkUnused(neighbour: Neighbour): number {
    const used = neighbour.hello && this.#core.active.get(neighbour.member) === neighbour;
    if (used || neighbour.gone) return Infinity;
    const deadline = neighbour.heardAt + suspectAfterIntervals * neighbour.intervalMs;
    if (this.#core.now < deadline) return deadline;
    this.#core.close(neighbour, 'silent');
    return Infinity;
  }

  /** A live neighbour still has a link to it. */
  #isVouchedFor(id: SessionId): boolean {
    for (const neighbour of this.#core.active.values()) {
      if (!neighbour.peers.has(id)) continue;
      if (this.#members.get(neighbour.member)?.state === 'alive') return true;
    }
    return false;
  }

  #enter(member: Member, state: MemberState, info: Uint8Array): void {
    if (member.state === state && member.info === info) return;
    if (member.state !== state) member.since = this.#core.now;
    member.state = state;
    member.info = info;
    this.#emit(member);
  }

  #emit({ id, state, info }: Member): void {
    this.#core.emit({ type: 'member', member: id, state, info });
  }

  /** Forgets who has been gone longest. */
  #makeRoom(): void {
    if (this.#members.size < this.#core.settings.knownMembers) return;
    let oldest: Member | undefined;
    for (const member of this.#members.values()) {
      if (this.#core.active.has(member.id)) continue;
      if (oldest === undefined || member.since < oldest.since) oldest = member;
    }
    if (oldest !== undefined) this.#members.delete(oldest.id);
  }
}
