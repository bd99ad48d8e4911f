import { sizes, test, type Cell } from './compare.ts';
import { quantile, spread } from './figure.ts';
import type { Peer } from './systems/peer.ts';
import { lostAfter, totals, write, type Work, type Written } from './work.ts';

/** Those whose first updates are cold, and whose next ones are warm. */
const writers = 4;
/** Updates between cold and warm, and updates counted as warm: of all writers together. */
const warmUp = 40;

async function copies(peers: readonly Peer[], work: Work): Promise<Cell> {
  const before = await totals(peers);
  const { keys, lacking } = await write(peers, work);
  const after = await totals(peers);
  const fresh = after.fresh - before.fresh;
  const due = keys.length * (peers.length - 1);
  const notes = [
    ...(fresh === due ? [] : [`${fresh} payloads were new where ${due} were due`]),
    ...(lacking === 0 ? [] : [`${lacking} pages lack some after ${lostAfter} s`]),
  ];
  const measured = ((after.copies - before.copies) / fresh).toFixed(3);
  return { measured, note: notes.join(', ') };
}

const row = (members: number, state: string) =>
  `1 payload copies per receiver and update, N = ${members}, ${state}`;

test('figure 1: payload copies per receiver and update', async ({ compare }) => {
  test.setTimeout(900_000);
  const rows = sizes(12, 24).flatMap((members) => [row(members, 'cold'), row(members, 'warm')]);
  await compare(Object.fromEntries(rows.map((name) => [name, '≤ 1.05'])), async (system, fill) => {
    for (const members of sizes(12, 24)) {
      const { peers } = await system.gather(members);
      const cold = { name: 'cold', writers, updates: writers, perSecond: 2 };
      fill(row(members, 'cold'), await copies(peers, cold));
      const warm = { name: 'warm', writers, updates: warmUp, perSecond: 20 };
      await write(peers, { ...warm, name: 'between' });
      fill(row(members, 'warm'), await copies(peers, warm));
      await system.closePages();
    }
  });
});

interface Deliveries {
  /** Milliseconds, one an update. */
  samples: number[];
  lost: number;
  errors: string[];
}

/** How long after its write started the last of the others saw each update. */
async function lastDeliveries(peers: readonly Peer[], written: Written): Promise<Deliveries> {
  const notes = await Promise.all(peers.map((peer) => peer.notes()));
  const samples: number[] = [];
  let lost = 0;
  written.parts.forEach((keys, writer) => {
    for (const key of keys) {
      const started = notes[writer]?.started.get(key) ?? Number.NaN;
      const others = notes.filter((_, i) => i !== writer).map(({ seen }) => seen.get(key));
      const arrived = others.filter((at) => at !== undefined);
      if (arrived.length < others.length) lost += 1;
      else samples.push(Math.max(...arrived) - started);
    }
  });
  return { samples, lost, errors: notes.flatMap(({ errors }) => errors) };
}

function deliveryCell({ samples, lost, errors }: Deliveries): Cell {
  return {
    measured: `${spread(samples)}${lost === 0 ? '' : `, ${lost} not at all after ${lostAfter} s`}`,
    note: [`max ${quantile(samples, 1).toFixed(0)} ms`, ...errors.slice(0, 1)].join(', '),
    samples,
  };
}

test('figure 2: last delivery, 20 updates/s round robin', async ({ compare }) => {
  test.setTimeout(600_000);
  const [members = 0] = sizes(24);
  const delivery = `2 last delivery, 20 updates/s round robin, N = ${members}`;
  const bare = `2 the same without the panel, as y-webrtc has none`;
  const repair = `2 repair bytes meanwhile, all members, N = ${members}`;
  const asked = {
    [delivery]: 'p50 ≤ 20 ms, p99 ≤ 80 ms',
    [bare]: 'p50 ≤ 20 ms, p99 ≤ 80 ms',
    [repair]: '0',
  };
  await compare(asked, async (system, fill) => {
    const { peers } = await system.gather(members);
    const work = { writers: members, perSecond: 20, updates: 400 };
    await write(peers, { ...work, name: 'before', updates: 2 * members });
    const before = await totals(peers);
    fill(
      delivery,
      deliveryCell(await lastDeliveries(peers, await write(peers, { ...work, name: 'timed' }))),
    );
    if (system.name === 'Grapevine') {
      await Promise.all(peers.map((peer) => peer.emptyPage()));
      const alone = await write(peers, { ...work, name: 'bare' });
      fill(bare, deliveryCell(await lastDeliveries(peers, alone)));
    }
    const bytes = (await totals(peers)).repairBytes - before.repairBytes;
    fill(repair, { measured: system.name === 'Grapevine' ? String(bytes) : 'has no repair' });
  });
});
