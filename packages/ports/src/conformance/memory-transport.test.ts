import { describe, expect, it } from 'vitest';
import { createMemoryNetwork } from './memory-transport.ts';
import { SignalWire, closeOf, openPair, sessionPair } from './link-pair.ts';
import { runTransportTests } from './transport.ts';

const network = createMemoryNetwork();
runTransportTests('the in-memory transport', () => ({
  createTransport: () => network.createTransport(),
  bindings: 'per-link',
}));

describe('the in-memory network', () => {
  it('cut loses the links of two members and no others', async () => {
    const [a, b] = sessionPair();
    const transport = network.createTransport();
    const wire = new SignalWire();
    const one = transport.connect(a, b, wire.from(0));
    const two = transport.connect(b, a, wire.from(1));
    wire.attach(0, one);
    wire.attach(1, two);
    const ends = await Promise.all([one.opened, two.opened]);
    const bystander = await openPair(transport, transport);
    const reasons = Promise.all(ends.map(closeOf));
    network.cut(b, a);
    expect(await reasons).toEqual(['lost', 'lost']);
    const arrived = new Promise((resolve) => (bystander.high.onMessage = resolve));
    bystander.low.send(Uint8Array.of(1));
    expect(await arrived).toEqual(Uint8Array.of(1));
    transport.close();
  });
});
