import { createVirtualClock, seededRandom } from '@grapevine/ports/conformance';
import { toBase64Url } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeServerFrame } from './frames.ts';
import { createSignaling } from './client.ts';
import { FakeSocket } from './testing/fake-socket.ts';

const member = 'a'.repeat(32);

/** Objects that look like frames, with anything in their fields. */
const almostFrame = fc.record(
  {
    type: fc.constantFrom(
      'welcome',
      'members',
      'message',
      'absent',
      'refused',
      'join',
      '__proto__',
    ),
    members: fc.oneof(fc.jsonValue(), fc.array(fc.constantFrom(member, 'A', ''))),
    from: fc.oneof(fc.jsonValue(), fc.constant(member)),
    to: fc.oneof(fc.jsonValue(), fc.constant(member)),
    data: fc.oneof(fc.jsonValue(), fc.base64String()),
    code: fc.jsonValue(),
    message: fc.jsonValue(),
  },
  { requiredKeys: ['type'] },
);

const anything = fc.oneof(
  fc.anything(),
  fc.string(),
  fc.json(),
  almostFrame.map((frame) => JSON.stringify(frame)),
);

describe('decodeServerFrame', () => {
  it('decodes what the server says', () => {
    const say = (frame: object) => decodeServerFrame(JSON.stringify(frame));
    expect(say({ type: 'members', members: [member], more: 1 })).toEqual({
      type: 'members',
      members: [member],
    });
    expect(say({ type: 'message', from: member, data: 'AQI' })).toEqual({
      type: 'message',
      from: member,
      data: Uint8Array.of(1, 2),
    });
    expect(say({ type: 'absent', to: member })).toEqual({ type: 'absent', to: member });
  });

  it.each([
    ['bytes', Uint8Array.of(1)],
    ['no JSON', '{"type":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an unknown type', '{"type":"hello"}'],
    ['a member that is none', JSON.stringify({ type: 'members', members: [member, 'A'] })],
    ['65 members', JSON.stringify({ type: 'members', members: Array(65).fill(member) })],
    ['padded data', JSON.stringify({ type: 'message', from: member, data: 'AQI=' })],
    ['empty data', JSON.stringify({ type: 'message', from: member, data: '' })],
    ['no sender', JSON.stringify({ type: 'message', data: 'AQI' })],
    ['a refusal without words', JSON.stringify({ type: 'refused', code: 'x' })],
    ['too much', JSON.stringify({ type: 'absent', to: member, more: 'x'.repeat(65_536) })],
  ])('refuses %s', (_, data) => {
    expect(decodeServerFrame(data)).toBeUndefined();
  });

  it('is total, and what it gives is well formed', () => {
    fc.assert(
      fc.property(anything, (data) => {
        const frame = decodeServerFrame(data);
        if (frame?.type !== 'message') return;
        expect(frame.from).toBe(member);
        expect(String(data)).toContain(toBase64Url(frame.data));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a server that says anything', () => {
  it('never makes the client throw, and every frame not understood is counted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 20 }), async (frames) => {
        const sockets: FakeSocket[] = [];
        class Socket extends FakeSocket {
          constructor(url: string) {
            super(url);
            sockets.push(this);
          }
        }
        const signaling = createSignaling({
          url: 'ws://server',
          random: seededRandom(1),
          clock: createVirtualClock(),
          webSocket: Socket,
        });
        const nothing = (): void => undefined;
        signaling.open('T'.repeat(43), member, {
          onMembers: nothing,
          onMessage: nothing,
          onAbsent: nothing,
          onState: nothing,
        });
        await Promise.resolve();
        const [socket] = sockets;
        socket?.welcomes();
        const understood = frames.filter((frame) => decodeServerFrame(frame) !== undefined);
        for (const frame of frames) socket?.receives(frame);
        // A refusal among them ends the attempt, and what follows is not looked at.
        if (understood.length === 0) expect(signaling.malformedFrames).toBe(frames.length);
        expect(signaling.malformedFrames).toBeLessThanOrEqual(frames.length - understood.length);
        signaling.close();
      }),
    );
  });
});
