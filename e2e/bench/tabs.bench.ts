import type { Member } from '../fixtures/member.ts';
import { pagesFolder } from '../fixtures/pages.ts';
import { quantile, reportOwn } from './figure.ts';
import { test } from './world.ts';

declare global {
  /** Kept, or it would be collected. */
  var bare: { connection: RTCPeerConnection; channel: RTCDataChannel | undefined } | undefined;
}

/** Makes a member answer every put under `ping/` with one under `pong/`. */
async function answer(member: Member): Promise<void> {
  await member.page.evaluate(() => {
    void (async () => {
      const room = globalThis.grapevine;
      for await (const { key, local } of room?.watch('ping') ?? []) {
        if (!local) await room?.put('pong', key, 'y');
      }
    })();
  });
}

/** Half the time from a put to the answering put's arrival: one put to visible, no clocks compared. */
function pingPong(member: Member, rounds: number, name: string): Promise<number[]> {
  return member.page.evaluate(
    async ([count, prefix]) => {
      const room = globalThis.grapevine;
      const times: number[] = [];
      const answers = room?.watch('pong')[Symbol.asyncIterator]();
      for (let i = 0; i < count; i++) {
        const key = `${prefix}${i}`;
        const start = performance.now();
        void room?.put('ping', key, 'x'.repeat(20));
        while ((await answers?.next())?.value?.key !== key);
        times.push((performance.now() - start) / 2);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return times;
    },
    [rounds, name] as const,
  );
}

/** Half a round trip of 300 bytes over a bare data channel between the two pages: what no protocol can be faster than. */
async function bareChannel(first: Member, second: Member): Promise<number[]> {
  const offer = await first.page.evaluate(async () => {
    const connection = new RTCPeerConnection();
    const channel = connection.createDataChannel('bare');
    globalThis.bare = { connection, channel };
    await connection.setLocalDescription();
    while (connection.iceGatheringState !== 'complete') await new Promise(requestAnimationFrame);
    return connection.localDescription?.sdp ?? '';
  });
  const answer = await second.page.evaluate(async (sdp) => {
    const connection = new RTCPeerConnection();
    connection.ondatachannel = ({ channel }) => {
      channel.onmessage = ({ data }) => channel.send(data as ArrayBuffer);
    };
    globalThis.bare = { connection, channel: undefined };
    await connection.setRemoteDescription({ type: 'offer', sdp });
    await connection.setLocalDescription();
    while (connection.iceGatheringState !== 'complete') await new Promise(requestAnimationFrame);
    return connection.localDescription?.sdp ?? '';
  }, offer);
  return first.page.evaluate(async (sdp) => {
    const { connection, channel } = globalThis.bare ?? {};
    if (connection === undefined || channel === undefined) throw new Error('no channel');
    await connection.setRemoteDescription({ type: 'answer', sdp });
    if (channel.readyState !== 'open') await new Promise((resolve) => (channel.onopen = resolve));
    const times: number[] = [];
    for (let i = 0; i < 300; i++) {
      const start = performance.now();
      channel.send(new Uint8Array(300));
      await new Promise((resolve) => (channel.onmessage = resolve));
      times.push((performance.now() - start) / 2);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    connection.close();
    return times;
  }, answer);
}

test('figure 3: two tabs, put to visible', async ({ world }) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await first.inSyncWith(1);
  await answer(second);
  await pingPong(first, 30, 'warm');
  const samples = await pingPong(first, 300, 'k');
  const floor = await bareChannel(first, second);
  await reportOwn(
    '3 two tabs, put to visible',
    'p50 ≤ 1.5 ms',
    samples,
    'half a round trip of two signed and checked puts',
  );
  await reportOwn(
    '3 the same over a bare data channel, unsigned',
    '',
    floor,
    `put to visible takes ${(quantile(samples, 0.5) / quantile(floor, 0.5)).toFixed(1)} times that`,
  );
});

test('figure 5: late join, 5,000 puts of 200 bytes, 3 holders', async ({ world }) => {
  const first = await world.member();
  const link = await first.link();
  await first.page.evaluate(async () => {
    for (let i = 0; i < 5000; i++) {
      const done = globalThis.grapevine?.put(
        'bench',
        `key-${String(i).padStart(5, '0')}`,
        'v'.repeat(200),
      );
      if (i % 50 === 49) await done;
    }
  });
  for (const holder of [await world.member(link), await world.member(link)]) {
    await holder.entries(5000);
    await holder.inSyncWith(holder === first ? 0 : (await holder.status()).members - 1);
  }
  const times: number[] = [];
  const ratios: number[] = [];
  for (let run = 0; run < 5; run++) {
    const late = await world.member(link);
    times.push(
      await late.page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            const room = globalThis.grapevine;
            const check = () => {
              if (room?.stats().entries !== 5000) return;
              room.off('memory', check);
              resolve(performance.now());
            };
            room?.on('memory', check);
            check();
          }),
      ),
    );
    const stats = await late.page.evaluate(() => globalThis.grapevine?.stats());
    // The data: 5,000 values of 200 bytes under addresses of 14.
    ratios.push((stats?.bytesReceived ?? Number.NaN) / (5000 * 214));
    await late.context.close();
  }
  await reportOwn(
    '5 late join: navigation to complete',
    '≤ 1,500 ms',
    times,
    'one put a delta, three holders on the same two cores',
  );
  await reportOwn(
    '5 late join: bytes received / data',
    '≤ 1.4 ×',
    ratios,
    'all frames of all links; data = value and address',
    '×',
  );
});

test('figure 6: one 5 MiB value, small writes beside it', async ({ world }) => {
  const first = await world.member();
  const second = await world.member(await first.link());
  await first.inSyncWith(1);
  await answer(second);
  await pingPong(first, 20, 'warm');
  const times: number[] = [];
  const beside: number[] = [];
  for (let run = 0; run < 5; run++) {
    const arrived = second.page.evaluate(async (key) => {
      for await (const event of globalThis.grapevine?.watch('files') ?? []) {
        if (event.key === key) return performance.timeOrigin + performance.now();
      }
      return Number.NaN;
    }, `large${run}`);
    const started = await first.page.evaluate((key) => {
      const start = performance.timeOrigin + performance.now();
      void globalThis.grapevine?.put('files', key, 'abcdefgh'.repeat(655_360));
      return start;
    }, `large${run}`);
    beside.push(...(await pingPong(first, 10, `run${run}-`)));
    times.push((await arrived) - started);
  }
  await reportOwn(
    '6 one 5 MiB value, put to visible',
    '≤ 2,000 ms',
    times,
    'clocks of two pages of one browser',
  );
  await reportOwn('6 small writes beside it', '≤ 100 ms', beside, 'half a round trip');
});

test('figures 9 and 10: 7,425 real notes', async ({ world }) => {
  const pages = pagesFolder();
  test.skip(pages === undefined, 'the tldr pages are not here');
  const imports: number[] = [];
  const reloads: number[] = [];
  for (let run = 0; run < 3; run++) {
    const first = await world.member();
    const second = await world.member(await first.link());
    await first.inSyncWith(1);
    await first.page.getByRole('button', { name: 'Import and export' }).click();
    await first.page.getByLabel('Choose folder').setInputFiles(pages ?? '');
    const dialog = first.page.getByRole('dialog');
    const complete = second.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const room = globalThis.grapevine;
          room?.on('memory', () => {
            if (room.stats().entries === 7425) resolve(performance.timeOrigin + performance.now());
          });
        }),
    );
    const started = await first.page.evaluate(() => performance.timeOrigin + performance.now());
    await dialog.getByRole('button', { name: 'Import' }).click();
    imports.push((await complete) - started);

    await second.page.reload({ waitUntil: 'commit' });
    await second.page
      .getByRole('list', { name: 'Entries' })
      .getByRole('listitem')
      .first()
      .waitFor();
    reloads.push(await second.page.evaluate(() => performance.now()));
    await first.context.close();
    await second.context.close();
  }
  await reportOwn(
    '9 7,425 notes imported, complete in a second tab',
    '≤ 5,000 ms',
    imports,
    'from the click on Import, both tabs on two cores',
  );
  await reportOwn(
    '10 reload with 7,425 entries, first list on screen',
    '≤ 1,000 ms',
    reloads,
    'from the start of navigation',
  );
});
