import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Run } from '../event.ts';
import type { Way } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Server } from '../log/serve.ts';
import type { Liveness } from '../membership/liveness.ts';
import { Lazy, isLinked } from './lazy.ts';
import type { Route } from './shared-edges.ts';
import type { Trees } from './trees.ts';

/** Feeds of which it is remembered who sent the last rumour first. Guess: more than change within a second. */
const maxFirsts = 4096;

/** Rumours: who is sent a new delta, and who is only told of it later (G2, G3, B5, B6). */
export class Push {
  readonly #core: Core;
  readonly #server: Server;
  readonly #trees: Trees;
  readonly #liveness: Liveness;
  readonly #lazy: Lazy;
  /** Of feeds that changed lately: who sent the last rumour first. */
  readonly #firsts = new Map<SessionId, Neighbour>();

  constructor(core: Core, server: Server, trees: Trees, liveness: Liveness) {
    this.#core = core;
    this.#server = server;
    this.#trees = trees;
    this.#liveness = liveness;
    this.#lazy = new Lazy(core);
  }

  /** Deltas written here, or by another tab that gossips through us. */
  own(runs: readonly Run[]): void {
    for (const run of runs) {
      const way = this.#wayOf(run);
      this.#spread(run, this.#route(run.session, way, undefined));
      this.#lazy.note(run.session, run.to, way === 'direct');
    }
  }

  /**
   * A delta accepted from `source` goes on the way it came. What came by repair is only announced to
   * the others: they most likely repair too.
   */
  forward(runs: readonly Run[], source: Neighbour, how: { repair: boolean; way: Way }): void {
    for (const run of runs) {
      const route = how.repair ? undefined : this.#route(run.session, how.way, source);
      if (route === undefined) {
        this.#announce(run, source);
        continue;
      }
      this.#core.stats.deltasForwarded += this.#spread(run, route);
      this.#lazy.note(run.session, run.to, how.way === 'direct');
    }
  }

  /** A rumour nobody had sent before. */
  arrived(neighbour: Neighbour, session: SessionId): void {
    if (this.#firsts.size >= maxFirsts) this.#firsts.clear();
    this.#firsts.set(session, neighbour);
  }

  /** A rumour that had arrived before (B7). */
  duplicate(neighbour: Neighbour, session: SessionId, way: Way): void {
    const first = this.#firsts.get(session);
    // It may come from one we asked because it was late.
    this.#trees.duplicate(session, way, neighbour, first?.gone === true ? undefined : first);
  }

  /** A frame goes to that neighbour anyway: with what it would be told soon. */
  ride(neighbour: Neighbour): void {
    this.#lazy.ride(neighbour);
  }

  /** Announces what went along the trees to those beside them (B6). */
  tick(): void {
    this.#lazy.tick();
    if (this.#core.dueAt('lazy') === undefined) this.#firsts.clear();
  }

  #wayOf({ session, from, to }: Run): Way {
    if (session !== this.#core.settings.self) return this.#trees.shared.way;
    return this.#isMesh() ? 'direct' : this.#trees.wrote(to - from + 1);
  }

  /** Whether all members known are our neighbours. */
  #isMesh(): boolean {
    let linked = 0;
    for (const member of this.#core.active.keys()) if (this.#liveness.isHere(member)) linked++;
    return linked === this.#liveness.size - 1;
  }

  /** Undefined where the way is not known. */
  #route(session: SessionId, way: Way, source: Neighbour | undefined): Route | undefined {
    if (way === 'own') {
      const targets = this.#trees.fed(session, source);
      return targets && { way, targets };
    }
    if (way !== 'direct') return this.#trees.shared.route(way, source);
    if (source === undefined) return { way, targets: [...this.#core.active.values()] };
    const isNews = (neighbour: Neighbour) => !isLinked(this.#core, session, neighbour);
    const { shared } = this.#trees;
    const { targets } = shared.route(shared.way, source);
    return { way, targets: targets.filter(isNews) };
  }

  /** @returns the number of deltas sent */
  #spread(run: Run, route: Route | undefined): number {
    if (route === undefined) return 0;
    let sent = 0;
    for (const neighbour of route.targets) sent += this.#send(neighbour, run, route.way);
    return sent;
  }

  #announce({ session, to }: Run, source: Neighbour): void {
    for (const neighbour of this.#core.active.values()) {
      if (neighbour.member === source.member || neighbour.offeredTo(session) >= to) continue;
      neighbour.link.have(session, to);
    }
  }

  /** @returns the number of deltas sent */
  #send(neighbour: Neighbour, run: Run, way: Way): number {
    const offered = neighbour.offeredTo(run.session);
    if (neighbour.gone || offered >= run.to) return 0;
    neighbour.offer(run.session, run.to);
    if (offered >= run.from) {
      // Only the rest of the run may go (G3), and only the log can cut it out.
      this.#server.push(neighbour, { session: run.session, from: offered + 1, to: run.to }, way);
      return run.to - offered;
    }
    neighbour.link.rumour(run, way);
    return run.to - run.from + 1;
  }
}
