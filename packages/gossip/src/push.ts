import type { Core } from './core.ts';
import type { Run } from './event.ts';
import type { Neighbour } from './neighbour.ts';
import type { Server } from './serve.ts';

/** Rumours: who is sent a new delta, and who is only told of it later (G2, G3). */
export class Push {
  readonly #core: Core;
  readonly #server: Server;

  constructor(core: Core, server: Server) {
    this.#core = core;
    this.#server = server;
  }

  /** A delta written here goes to every neighbour. */
  own(runs: readonly Run[]): void {
    for (const neighbour of this.#core.active.values()) {
      for (const run of runs) this.#send(neighbour, run);
    }
  }

  /**
   * A delta accepted from `source` goes on to the neighbours `source` does not name. What came by
   * repair is only announced to
   * them: they most likely repair too.
   */
  forward(runs: readonly Run[], source: Neighbour, repair: boolean): void {
    for (const neighbour of this.#core.active.values()) {
      if (neighbour === source || neighbour.member === source.member) continue;
      for (const run of runs) {
        if (neighbour.offeredTo(run.session) >= run.to) continue;
        neighbour.unannounced.add(run.session);
        if (source.peers.has(neighbour.member)) continue;
        if (repair) neighbour.link.have(run.session, run.to);
        else this.#core.stats.deltasForwarded += this.#send(neighbour, run);
      }
      if (neighbour.unannounced.size > this.#core.settings.announcedPerLink) {
        neighbour.unannounced.clear();
        neighbour.doubt = true;
      }
    }
  }

  /** @returns the number of deltas sent */
  #send(neighbour: Neighbour, run: Run): number {
    const offered = neighbour.offeredTo(run.session);
    if (neighbour.gone || offered >= run.to) return 0;
    neighbour.offer(run.session, run.to);
    if (offered >= run.from) {
      // Only the rest of the run may go (G3), and only the log can cut it out.
      this.#server.push(neighbour, { session: run.session, from: offered + 1, to: run.to });
      return run.to - offered;
    }
    neighbour.link.rumour(run);
    return run.to - run.from + 1;
  }
}
