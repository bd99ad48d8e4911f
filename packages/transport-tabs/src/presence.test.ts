import fc from 'fast-check';
import { isSessionId } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { parseCall, parseLinkMessage, parsePresence } from './messages.ts';
import { createTabsPresence } from './presence.ts';
import type { TabsPresence } from './presence.ts';

const ids = ['a', 'b', 'c'].map((digit) => digit.repeat(32));
const [a, b, c] = ids as [SessionId, SessionId, SessionId];

/** A tab that keeps what it hears, and lets a test wait for the next thing. */
class Tab {
  readonly heard: string[] = [];
  readonly presence: TabsPresence;
  readonly #waiting: { what: string; resolve: () => void }[] = [];

  constructor(self: SessionId, channelName = 'room') {
    this.presence = createTabsPresence({
      channelName,
      self,
      onPresent: (id) => this.#hear(`present ${id[0]}`),
      onGone: (id) => this.#hear(`gone ${id[0]}`),
      onSignal: (from, bytes) => this.#hear(`signal ${from[0]} ${bytes.join(',')}`),
    });
  }

  until(what: string): Promise<void> {
    if (this.heard.includes(what)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ what, resolve }));
  }

  #hear(what: string): void {
    this.heard.push(what);
    for (const waiter of this.#waiting) if (waiter.what === what) waiter.resolve();
  }
}

describe('tabs presence', () => {
  const tabs: Tab[] = [];
  const channels: BroadcastChannel[] = [];
  const open = (self: SessionId, channelName?: string): Tab => {
    const tab = new Tab(self, channelName);
    tabs.push(tab);
    return tab;
  };

  afterEach(() => {
    for (const tab of tabs.splice(0)) tab.presence.close();
    for (const channel of channels.splice(0)) channel.close();
  });

  it('S3: a newcomer and those who are there hear of each other', async () => {
    const first = open(a);
    const second = open(b);
    await Promise.all([first.until('present b'), second.until('present a')]);
    const third = open(c);
    await Promise.all([third.until('present a'), third.until('present b')]);
    await Promise.all([first.until('present c'), second.until('present c')]);
  });

  it('S3: carries bytes to the tab they are addressed to and to no other', async () => {
    const [first, second, third] = [open(a), open(b), open(c)];
    await third.until('present b');
    first.presence.send(b, Uint8Array.of(1, 2).subarray(1));
    first.presence.send(c, Uint8Array.of(3));
    await Promise.all([second.until('signal a 2'), third.until('signal a 3')]);
    expect(third.heard).not.toContain('signal a 2');
    expect(second.heard).not.toContain('signal a 3');
  });

  it('says goodbye on close and is silent after it', async () => {
    const [first, second] = [open(a), open(b)];
    await first.until('present b');
    second.presence.close();
    second.presence.send(a, Uint8Array.of(1));
    second.presence.close();
    await first.until('gone b');
    open(c);
    await first.until('present c');
    expect(first.heard.filter((what) => what !== 'present b')).toEqual(['gone b', 'present c']);
  });

  it('no message makes more than one other, so nothing echoes', async () => {
    const channel = new BroadcastChannel('room presence');
    channels.push(channel);
    const kinds: unknown[] = [];
    channel.onmessage = (event: MessageEvent<{ kind: string; from: string }>) =>
      kinds.push(`${event.data.kind} ${event.data.from[0]}`);
    const [first, second] = [open(a), open(b)];
    await Promise.all([first.until('present b'), second.until('present a')]);
    first.presence.send(b, Uint8Array.of(9));
    await second.until('signal a 9');
    second.presence.close();
    await first.until('gone b');
    expect(kinds).toEqual(['hello a', 'hello b', 'answer a', 'signal a', 'bye b']);
  });

  it('malformed messages and those of its own session change nothing', async () => {
    const channel = new BroadcastChannel('room presence');
    channels.push(channel);
    const first = open(a);
    for (const message of [
      undefined,
      'hello',
      { kind: 'hello' },
      { kind: 'hello', from: a },
      { kind: 'hello', from: 'short' },
      { kind: 'signal', from: b, to: a, bytes: [1] },
      { kind: 'signal', from: b, to: a, bytes: new Uint8Array(0) },
      { kind: 'signal', from: b, to: a, bytes: new Uint8Array(40_000) },
      { kind: 'signal', from: b, bytes: Uint8Array.of(1) },
      { kind: 'nothing', from: b, to: a },
    ]) {
      channel.postMessage(message);
    }
    channel.postMessage({ kind: 'signal', from: c, to: a, bytes: Uint8Array.of(5) });
    await first.until('signal c 5');
    expect(first.heard).toEqual(['signal c 5']);
  });

  it('refuses to send a signal over its limit', () => {
    expect(() => open(a).presence.send(b, new Uint8Array(32_769))).toThrow(RangeError);
  });
});

describe('messages between tabs', () => {
  it('parsers are total: any value gives a message or undefined', () => {
    const field = fc.oneof(
      fc.constantFrom('hello', 'open', 'ask', 'data', 'signal', 'accept', a, b),
      fc.uint8Array(),
      fc.anything(),
    );
    const shaped = fc.record(
      { kind: field, from: field, to: field, attempt: field, bytes: field, lock: field },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(shaped, fc.anything()), (data) => {
        const call = parseCall(data);
        if (call !== undefined) expect(isSessionId(call.from) && isSessionId(call.to)).toBe(true);
        const message = parseLinkMessage(data);
        if (message?.kind === 'data') expect(message.bytes).toBeInstanceOf(Uint8Array);
        const presence = parsePresence(data);
        if (presence !== undefined) expect(isSessionId(presence.from)).toBe(true);
      }),
    );
  });
});
