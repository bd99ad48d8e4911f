import { sizes, test } from './compare.ts';
import { mean, quantile, spread } from './figure.ts';
import type { Peer } from './systems/peer.ts';
import type { System } from './systems/system.ts';

/** How long the first entry may take, in seconds. */
const firstEntryTimeout = 60;
/** y-webrtc sends in bursts 15 to 18 s apart: in 20 s there may be one or two. */
const idleSeconds = 60;

/** @returns messages sent by each member in a second, over a minute */
async function sentInAMinute(peers: readonly Peer[]): Promise<number[]> {
  const before = await Promise.all(peers.map((peer) => peer.counters()));
  await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000));
  const after = await Promise.all(peers.map((peer) => peer.counters()));
  return after.map(({ sent, at }, i) => {
    const earlier = before[i] ?? { sent: Number.NaN, at };
    return (sent - earlier.sent) / ((at - earlier.at) / 1000);
  });
}

/** @returns milliseconds from the link to the moment by which all hold the first page's entry */
async function firstEntry(system: System, members: number): Promise<number> {
  const peers = await system.load(members);
  const room = await system.newRoom();
  const at = Date.now() + 1000;
  const held = await Promise.all(
    peers.map(async (peer, i) => {
      await peer.join(room, at, i === 0 ? 'first' : undefined);
      return peer.holds(['first'], firstEntryTimeout * 1000);
    }),
  );
  const notes = await Promise.all(peers.map((peer) => peer.notes()));
  await system.closePages();
  const without = held.filter((holds) => !holds).length;
  if (without === 0)
    return Math.max(...notes.map(({ seen }) => seen.get('first') ?? Number.NaN)) - at;
  throw new Error(`${without} of ${members} pages without it after ${firstEntryTimeout} s`);
}

test('figure 4: all given the link at once, until all hold the first entry', async ({
  compare,
}) => {
  test.setTimeout(900_000);
  const [members = 0] = sizes(24);
  const name = `4 link given to N = ${members} loaded pages, until all hold the first entry`;
  await compare({ [name]: '≤ 4,000 ms' }, async (system, fill) => {
    const samples: number[] = [];
    for (let run = 0; run < 3; run++) samples.push(await firstEntry(system, members));
    const note = `longest ${quantile(samples, 1).toFixed(0)} ms`;
    fill(name, { measured: spread(samples), note, samples });
  });
});

test('figure 7: idle messages per member and second', async ({ compare }) => {
  test.setTimeout(600_000);
  const [members = 0] = sizes(16);
  const name = `7 idle messages sent per member and second, N = ${members}`;
  const minutes = [`${name}, first minute`, `${name}, second minute`];
  const rows = Object.fromEntries(minutes.map((minute) => [minute, '≤ 3']));
  await compare(rows, async (system, fill) => {
    const { peers } = await system.gather(members);
    for (const minute of minutes) {
      const samples = await sentInAMinute(peers);
      const note = `busiest member ${Math.max(...samples).toFixed(1)}`;
      fill(minute, { measured: mean(samples).toFixed(2), note, samples });
    }
  });
});
