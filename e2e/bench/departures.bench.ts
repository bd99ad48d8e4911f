import { sizes, test, type Cell } from './compare.ts';
import { spread } from './figure.ts';
import type { Peer } from './systems/peer.ts';

/** How often a member crashes, and how often one closes its page. */
const times = 3;
/** How long the others may take to show it, in seconds. */
const shownTimeout = 60;

/** What the others saw of members that ended in one way. */
class Shown {
  readonly #how: string;
  /** Milliseconds, one a member that saw it. */
  readonly samples: number[] = [];
  #latest = 0;
  #never = 0;

  constructor(how: string) {
    this.#how = how;
  }

  async watch(gone: Peer, others: readonly Peer[]): Promise<void> {
    const seen = await Promise.all(
      others.map((peer) => peer.gone(gone.ids, this.#how, shownTimeout * 1000)),
    );
    for (const at of seen) {
      if (at === undefined) this.#never += 1;
      else this.samples.push(at - (gone.endedAt ?? Number.NaN));
    }
    this.#latest = Math.max(this.#latest, ...this.samples);
  }

  get cell(): Cell {
    const never = this.#never === 0 ? '' : `, ${this.#never} not after ${shownTimeout} s`;
    return {
      measured: `${spread(this.samples)}${never}`,
      note: `${this.#how}, at the latest after ${this.#latest.toFixed(0)} ms`,
      samples: this.samples,
    };
  }
}

/** Ends the oldest member but one. */
async function endOne(
  peers: Peer[],
  how: 'crash' | 'close',
  shown: readonly Shown[],
): Promise<void> {
  const [gone] = peers.splice(1, 1);
  if (gone === undefined) throw new Error('nobody to end');
  await gone[how]();
  await Promise.all(shown.map((one) => one.watch(gone, peers)));
}

test('figure 8: a crash and a closed page, shown by the others', async ({ compare }) => {
  test.setTimeout(1_200_000);
  const [members = 0] = sizes(24);
  const crash = [
    `8 crash, until each other member shows it, N = ${members}`,
    `8 crash, until its cursor is gone`,
  ];
  const close = [
    `8 closed page, until each other member shows it, N = ${members}`,
    `8 closed page, until its cursor is gone`,
  ];
  const asked: Record<string, string> = {};
  for (const name of crash) asked[name] = 'p50 ≤ 5,000 ms, p99 ≤ 7,000 ms';
  for (const name of close) asked[name] = '≤ 100 ms';
  await compare(asked, async (system, fill) => {
    const { peers, room } = await system.gather(members);
    const crashed = system.shownAs.crashed.map((how) => new Shown(how));
    const closed = system.shownAs.closed.map((how) => new Shown(how));
    for (let i = 0; i < times; i++) {
      await endOne(peers, 'close', closed);
      closed.forEach(({ cell }, row) => fill(close[row] ?? '', cell));
      await system.refill(peers, members, room);
      await endOne(peers, 'crash', crashed);
      crashed.forEach(({ cell }, row) => fill(crash[row] ?? '', cell));
      if (i < times - 1) await system.refill(peers, members, room);
    }
  });
});
