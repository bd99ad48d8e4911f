import { describe, expect, it } from 'vitest';
import { limits } from '@grapevine/wire';
import { encodeDraft } from './codec.ts';
import { logLimits } from './limits.ts';
import { Forger, draft, newLog, newWriter, raws } from './testing.ts';

describe('stored ends', () => {
  it('stay within two runs, whatever proof and witness add up to', async () => {
    const forger = new Forger(await newWriter());
    const { id } = forger.session;
    const trunk = [forger.opening(), ...raws(['a'])];
    const base = forger.position({ seq: 0, hash: new Uint8Array(32) }, trunk);
    // An invalid delta, then padding of an unknown kind up to a full run.
    const fill = (size: number) =>
      encodeDraft(draft('', { kind: 77, body: new Uint8Array(size) }), 9);
    const bad = encodeDraft(draft('! x'), 8);
    const log = newLog();
    await log.receiveRun(id, await forger.run(trunk));
    const prefix = encodeDraft(draft('b'), 5);
    let size = 61_000;
    let run = await forger.run([prefix, bad, fill(size)], base);
    size += limits.runBytes - run.length;
    run = await forger.run([prefix, bad, fill(size)], base);
    expect(run.length).toBe(limits.runBytes);
    const received = await log.receiveRun(id, run);
    expect(received).toMatchObject({ verdict: 'accept', feed: { seq: 3, ended: true } });
    expect(received.end?.bytes.length).toBeLessThanOrEqual(logLimits.storedEndBytes);
    const again = newLog();
    await again.receiveRun(id, await forger.run(trunk));
    for (const { bytes } of log.readRuns(id, 1, 99, 1_000_000)) await again.receiveRun(id, bytes);
    expect(again.feed(id)).toEqual(log.feed(id));
  });
});
