import { it } from 'vitest';
import { linkedGraph, eccentricity } from './graph.ts';
import { equal, pushed, repaired, total } from './measure.ts';
import { FakeNetwork } from './network.ts';
import { hash } from './scripted.ts';
for (const n of [9, 12, 24, 100])
it('m', { timeout: 999999 }, () => {
  const net = new FakeNetwork({ seed: 7, hash, validationMs: [0,0], latencyMs: [10,100] });
  const members = n === 9 ? net.mesh(9) : linkedGraph(net, n, { least: 4, aim: 6, most: 6 });
  net.run(1500);
  const t = () => [pushed(net) + repaired(net), total(net, 'want'), members.reduce((s, m) => s + m.node.stats().repairBytes, 0), net.taps().reduce((s, t) => s + t.bytes, 0)];
  let out = `n ${n}`;
  for (const [writes, gap] of [[50, 50], [330, 40], [100, 50]] as const) {
    const b = t();
    for (let i = 0; i < writes; i++) { members[i % Math.min(n, 10)]!.append(200); net.run(gap); }
    net.run(2500);
    const a = t();
    out += ` | copies ${((a[0]! - b[0]!) / writes / (n - 1)).toFixed(4)} wants ${a[1]! - b[1]!} repair ${a[2]! - b[2]!} bytes/delta/member ${((a[3]!-b[3]!)/writes/n).toFixed(0)}`;
  }
  const ratios: number[] = [];
  for (const w of members.slice(0, Math.min(n, 10))) { w.append(200); ratios.push((net.runUntil(() => equal(members), 5000, 1) ?? -1) / eccentricity(net, w)); net.run(300); }
  out += ' | last/dijkstra max ' + Math.max(...ratios).toFixed(3);
  const b0 = net.taps().reduce((s, t) => s + t.bytes, 0), f0 = net.taps().reduce((s, t) => s + t.frames, 0), be = total(net, 'beacon');
  net.run(20_000); 
  const b1 = net.taps().reduce((s, t) => s + t.bytes, 0), f1 = net.taps().reduce((s, t) => s + t.frames, 0);
  out += ` | idle 20s frames/member/s ${((f1 - f0) / n / 20).toFixed(2)} bytes/s ${((b1 - b0) / n / 20).toFixed(0)} beacons ${total(net, 'beacon') - be}`;
  console.log(out);
});
