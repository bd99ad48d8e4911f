import { GrapevineError, limits } from '@grapevine/wire';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as protocol from 'y-protocols/awareness';
import * as Y from 'yjs';
import { AwarenessBridge, clientIdOf } from './index.ts';
import { sessionOf } from './test-network.ts';

interface Peer {
  session: string;
  bridge: AwarenessBridge;
  sent: Uint8Array[];
}

const open: AwarenessBridge[] = [];

function peer(number: number): Peer {
  const session = sessionOf(number);
  const sent: Uint8Array[] = [];
  const bridge = new AwarenessBridge({ session, send: (bytes) => sent.push(bytes) });
  open.push(bridge);
  return { session, bridge, sent };
}

function last(of: Peer): Uint8Array {
  return of.sent.at(-1) ?? new Uint8Array();
}

function stateAt(at: Peer, of: Peer): unknown {
  return at.bridge.awareness.getStates().get(clientIdOf(of.session));
}

/** What a dishonest member could send: any clientID, any clock. */
function forged(clientID: number, state: object | null, clock = 50): Uint8Array {
  const awareness = new protocol.Awareness(new Y.Doc());
  const timer: ReturnType<typeof setInterval> = awareness._checkInterval;
  clearInterval(timer);
  awareness.meta.set(clientID, { clock, lastUpdated: 0 });
  const states = new Map(state === null ? [] : [[clientID, state]]);
  return protocol.encodeAwarenessUpdate(awareness, [clientID], states);
}

afterEach(() => {
  for (const bridge of open.splice(0)) bridge.destroy();
  vi.useRealTimers();
});

describe('AwarenessBridge', () => {
  it('carries the own state to others, from the first one on', () => {
    const [a, b] = [peer(0), peer(1)];
    expect(b.bridge.receive(a.session, last(a))).toBe(true);
    expect(stateAt(b, a)).toEqual({});
    a.bridge.awareness.setLocalStateField('cursor', 5);
    b.bridge.receive(a.session, last(a));
    expect(stateAt(b, a)).toEqual({ cursor: 5 });
    expect(a.bridge.awareness.clientID).toBe(clientIdOf(a.session));
  });

  it('sends only the own state, and only when it changed here', () => {
    const [a, b, c] = [peer(0), peer(1), peer(2)];
    const before = b.sent.length;
    b.bridge.receive(a.session, last(a));
    expect(b.sent).toHaveLength(before);
    b.bridge.resend();
    c.bridge.receive(b.session, last(b));
    expect(new Set(c.bridge.awareness.getStates().keys())).toEqual(
      new Set([clientIdOf(b.session), clientIdOf(c.session)]),
    );
  });

  it('a state of another client than the sender’s is refused, the receiver’s own above all', () => {
    const [a, b] = [peer(0), peer(1)];
    a.bridge.awareness.setLocalState({ name: 'a' });
    b.bridge.receive(a.session, last(a));
    const villain = sessionOf(2);
    expect(a.bridge.receive(villain, forged(clientIdOf(a.session), { name: 'x' }))).toBe(false);
    expect(b.bridge.receive(villain, forged(clientIdOf(a.session), null))).toBe(false);
    expect(a.bridge.receive(a.session, forged(clientIdOf(a.session), { name: 'x' }))).toBe(false);
    expect(a.bridge.awareness.getLocalState()).toEqual({ name: 'a' });
    expect(stateAt(b, a)).toEqual({ name: 'a' });
  });

  it('several states in one message, oversized and malformed ones are refused without a throw', () => {
    const [a] = [peer(0)];
    const sender = sessionOf(1);
    const own = clientIdOf(sender);
    const good = forged(own, { ok: true });
    const two = good.slice();
    two[0] = 2;
    expect(a.bridge.receive(sender, two)).toBe(false);
    expect(a.bridge.receive(sender, forged(own, { x: 'x'.repeat(limits.ephemeralBytes) }))).toBe(
      false,
    );
    expect(a.bridge.receive(sender, forged(own, [1]))).toBe(false);
    let deep: object = {};
    for (let depth = 0; depth < 500; depth++) deep = { deep };
    expect(a.bridge.receive(sender, forged(own, deep))).toBe(false);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
        const mutated = good.slice();
        mutated[at] = byte;
        expect(typeof a.bridge.receive(sender, mutated)).toBe('boolean');
        expect(a.bridge.awareness.getStates().size).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('an own state over the limit is refused with a typed error and not sent', () => {
    const a = peer(0);
    const before = a.sent.length;
    const tooMuch = { x: 'x'.repeat(limits.ephemeralBytes) };
    expect(() => a.bridge.awareness.setLocalState(tooMuch)).toThrow(GrapevineError);
    expect(a.sent).toHaveLength(before);
    a.bridge.awareness.setLocalState({});
  });

  it('a member that left is removed, and welcome back with the state it had', () => {
    const [a, b] = [peer(0), peer(1)];
    b.bridge.receive(a.session, last(a));
    b.bridge.remove(a.session);
    expect(stateAt(b, a)).toBeUndefined();
    a.bridge.resend();
    b.bridge.receive(a.session, last(a));
    expect(stateAt(b, a)).toEqual({});
    b.bridge.remove(b.session);
    expect(b.bridge.awareness.getLocalState()).toEqual({});
  });

  it('time alone removes nobody, sends nothing, and leaves no timer', () => {
    vi.useFakeTimers();
    const [a, b] = [peer(0), peer(1)];
    b.bridge.receive(a.session, last(a));
    const sent = b.sent.length;
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(120_000);
    expect(stateAt(b, a)).toEqual({});
    expect(b.sent).toHaveLength(sent);
  });

  it('destroy tells the others', () => {
    const [a, b] = [peer(0), peer(1)];
    b.bridge.receive(a.session, last(a));
    a.bridge.destroy();
    b.bridge.receive(a.session, last(a));
    expect(stateAt(b, a)).toBeUndefined();
  });
});
