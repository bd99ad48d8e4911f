import type { SessionId } from '@grapevine/wire';
import type { DialFailure } from '../event.ts';
import type { FakeMember } from './member.ts';
import { FakeNetwork } from './network.ts';
import type { FakeLink, NetworkOptions } from './network.ts';

export interface DiallingOptions extends NetworkOptions {
  /** How long a handshake takes, drawn from this range, milliseconds. */
  dialMs?: readonly [number, number];
  /** How long it takes until a handshake is given up, milliseconds. */
  giveUpMs?: number;
  /** Of all handshakes. */
  failing?: number;
  /** Members the rendezvous names in an answer. */
  introduced?: number;
  /** Members it names in a second, to all together. */
  introducedPerSecond?: number;
}

/** Members that find each other: dials are carried out, a rendezvous introduces. */
export class DiallingNetwork extends FakeNetwork {
  readonly #options: Required<Omit<DiallingOptions, keyof NetworkOptions>>;
  readonly #byId = new Map<SessionId, FakeMember>();
  readonly #dialling = new Set<string>();
  #rendezvousFreeAt = 0;
  dials = 0;
  refused = 0;
  asked = 0;
  /** Links that came up, and that went down again. */
  opened = 0;
  closed = 0;
  /** Of one member at one time. */
  mostLinks = 0;
  /** False while two members cannot reach each other, nor be introduced. */
  reaches: (a: FakeMember, b: FakeMember) => boolean = () => true;
  /** False while the rendezvous is away. */
  hasRendezvous = true;

  constructor(options: DiallingOptions) {
    super(options);
    this.#options = {
      dialMs: options.dialMs ?? [50, 300],
      giveUpMs: options.giveUpMs ?? 4000,
      failing: options.failing ?? 0,
      introduced: options.introduced ?? 8,
      introducedPerSecond: options.introducedPerSecond ?? 200,
    };
  }

  override dial(from: FakeMember, to: SessionId, urgent: boolean): void {
    this.dials++;
    const target = this.#find(to);
    const { dialMs, failing, giveUpMs } = this.#options;
    const fail = (reason: DialFailure): void => {
      from.handle({ type: 'dialFailed', member: to, reason });
    };
    const tookMs = this.between(dialMs);
    if (target === undefined) return from.later(tookMs, () => fail('absent'));
    // Both dial at once: the driver makes one link of it.
    const pair = [from.id, to].sort().join(' ');
    if (this.#dialling.has(pair)) return;
    this.schedule.at(this.now + tookMs / 2, () => {
      if (!target.alive) return from.later(giveUpMs, () => fail('absent'));
      if (!target.node.accepts(from.id, urgent)) {
        this.refused++;
        return from.later(tookMs / 2, () => fail('refused'));
      }
      const reached = this.reaches(from, target) && this.random() >= failing;
      if (!reached) return from.later(giveUpMs, () => fail('failed'));
      this.#dialling.add(pair);
      this.schedule.at(this.now + tookMs / 2, () => {
        this.#dialling.delete(pair);
        if (!from.alive || !target.alive) return from.later(giveUpMs, () => fail('absent'));
        this.opened++;
        this.link(from, target, 20);
        const links = Math.max(from.up.size, target.up.size) + 1;
        this.mostLinks = Math.max(this.mostLinks, links);
      });
    });
  }

  override rendezvous(from: FakeMember): void {
    this.asked++;
    if (!this.hasRendezvous) return;
    const { dialMs, introduced, introducedPerSecond } = this.#options;
    const others = this.members.filter(
      (other) => other !== from && other.alive && this.reaches(from, other),
    );
    const members: SessionId[] = [];
    while (members.length < introduced && others.length > 0) {
      const [one] = others.splice(Math.floor(this.random() * others.length), 1);
      if (one !== undefined) members.push(one.id);
    }
    const serviceMs = (members.length * 1000) / introducedPerSecond;
    this.#rendezvousFreeAt = Math.max(this.now, this.#rendezvousFreeAt) + serviceMs;
    const atMs = this.#rendezvousFreeAt + this.between(dialMs) / 2;
    from.later(atMs - this.now, () => {
      from.handle({ type: 'introduced', members, by: 'rendezvous' });
    });
  }

  override closeFrom(link: FakeLink, end: FakeMember): void {
    if (link.open) this.closed++;
    super.closeFrom(link, end);
  }

  /** The process ends: its links break. */
  kill(member: FakeMember): void {
    member.crash();
    for (const link of member.links.values()) this.cut(link);
  }

  get here(): FakeMember[] {
    return this.members.filter(({ alive }) => alive);
  }

  degrees(): number[] {
    return this.here.map((member) => new Set(member.up.values()).size);
  }

  /** Parts of the room that no link joins. */
  components(): number[] {
    const seen = new Set<SessionId>();
    return this.here.flatMap((start) => {
      if (seen.has(start.id)) return [];
      const before = seen.size;
      const waiting = [start];
      seen.add(start.id);
      for (let member = waiting.pop(); member !== undefined; member = waiting.pop()) {
        for (const id of member.up.values()) {
          const next = this.#find(id);
          if (next === undefined || seen.has(id) || !next.alive) continue;
          seen.add(id);
          waiting.push(next);
        }
      }
      return [seen.size - before];
    });
  }

  #find(id: SessionId): FakeMember | undefined {
    const known = this.#byId.get(id) ?? this.members.find((member) => member.id === id);
    if (known !== undefined) this.#byId.set(id, known);
    return known;
  }
}
