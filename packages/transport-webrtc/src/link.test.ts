import { limits } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { ChannelLink } from './link.ts';
import type { Channel } from './link.ts';
import { local } from './local-limits.ts';

/** A channel whose buffer empties when the test says so. */
class FakeChannel extends EventTarget implements Channel {
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  readonly sent: Uint8Array[] = [];
  refuses = false;

  send(data: Uint8Array<ArrayBuffer>): void {
    if (this.refuses) throw new Error('refused');
    this.sent.push(data);
    this.bufferedAmount += data.length;
  }

  drainTo(bytes: number): void {
    const above = this.bufferedAmount > this.bufferedAmountLowThreshold;
    this.bufferedAmount = bytes;
    if (above && bytes <= this.bufferedAmountLowThreshold) {
      this.dispatchEvent(new Event('bufferedamountlow'));
    }
  }

  arrive(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

function open(chunkBytes: number = limits.transportChunkBytes): {
  channel: FakeChannel;
  link: ChannelLink;
  events: string[];
} {
  const channel = new FakeChannel();
  const events: string[] = [];
  const link = new ChannelLink({
    binding: new Uint8Array(32),
    channel,
    chunkBytes,
    quality: () => Promise.resolve({ path: 'host', rttMs: undefined }),
    onEnd: () => events.push('end'),
  });
  link.onClose = (reason) => events.push(reason);
  link.onDrain = () => events.push('drain');
  return { channel, link, events };
}

const frame = (): Uint8Array => new Uint8Array(limits.frameBytes);

describe('a link over a channel', () => {
  it('S5: cuts messages at the negotiated size and puts them together', () => {
    const { channel, link } = open(1_200);
    link.send(new Uint8Array(3_000).fill(5));
    expect(channel.sent.map((chunk) => chunk.length)).toEqual([1_200, 1_200, 603]);
    const other = open(1_200);
    const arrived: number[] = [];
    other.link.onMessage = (message) => arrived.push(message.length);
    for (const chunk of channel.sent) other.channel.arrive(chunk.slice().buffer);
    expect(arrived).toEqual([3_000]);
  });

  it('keeps messages back above the high-water mark and hands them over in order', () => {
    const { channel, link, events } = open();
    for (let i = 0; i < 40; i++) {
      const message = frame();
      message[0] = i;
      link.send(message);
    }
    expect(channel.bufferedAmount).toBeLessThanOrEqual(local.highWaterBytes);
    expect(link.queuedBytes).toBe(40 * (limits.frameBytes + 1));
    // Small ones may not pass large ones that wait.
    link.send(Uint8Array.of(40));
    while (link.queuedBytes > 0) channel.drainTo(0);
    expect(channel.sent.map((chunk) => chunk[1])).toEqual(Array.from({ length: 41 }, (_, i) => i));
    expect(events).toEqual(['drain']);
  });

  it('onDrain comes below 64 KiB after having been above, and not otherwise', () => {
    const { channel, link, events } = open();
    link.send(new Uint8Array(100));
    channel.drainTo(0);
    expect(events).toEqual([]);
    link.send(frame());
    link.send(frame());
    channel.drainTo(local.drainedBytes);
    expect(events).toEqual([]);
    channel.drainTo(local.drainedBytes - 1);
    expect(events).toEqual(['drain']);
  });

  it('a sender that ignores the queue loses the link, not the page', () => {
    const { link, events } = open();
    for (let i = 0; i < 300; i++) link.send(frame());
    expect(events).toEqual(['end', 'lost']);
    expect(link.queuedBytes).toBe(0);
  });

  it('a channel that refuses a message ends the link', () => {
    const { channel, link, events } = open();
    channel.refuses = true;
    link.send(Uint8Array.of(1));
    expect(events).toEqual(['end', 'lost']);
  });

  it.each<[string, unknown]>([
    ['text', 'hello'],
    ['an empty chunk', new ArrayBuffer(0)],
    ['an unknown flag', Uint8Array.of(9, 1).buffer],
    ['too long a message', new ArrayBuffer(limits.frameBytes + 2)],
  ])('S5: %s ends the link', (_, data) => {
    const { channel, link, events } = open();
    const arrived: Uint8Array[] = [];
    link.onMessage = (message) => arrived.push(message);
    channel.arrive(data);
    channel.arrive(Uint8Array.of(0, 1).buffer);
    expect(events).toEqual(['end', 'lost']);
    expect(arrived).toEqual([]);
  });

  it('more messages than a link may hold unread end it', () => {
    const { channel, events } = open();
    const chunk = new Uint8Array(limits.frameBytes + 1).buffer;
    for (let i = 0; i < 17; i++) channel.arrive(chunk);
    expect(events).toEqual(['end', 'lost']);
    const many = open();
    for (let i = 0; i < 5_000; i++) many.channel.arrive(Uint8Array.of(0, 1).buffer);
    expect(many.events).toEqual(['end', 'lost']);
  });
});
