import type { SignalingEvents, SignalingState } from '@grapevine/ports';
import { createVirtualClock, seededRandom } from '@grapevine/ports/conformance';
import { GrapevineError, toBase64Url } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { createSignaling } from './client.ts';
import type { SignalingOptions } from './index.ts';
import { FakeSocket, frameOf } from './testing/fake-socket.ts';

const topic = 'T'.repeat(43);
const self = 'a'.repeat(32);
const other = 'b'.repeat(32);

class Heard implements SignalingEvents {
  readonly members: (readonly string[])[] = [];
  readonly messages: { from: string; data: Uint8Array }[] = [];
  readonly absent: string[] = [];
  readonly states: SignalingState[] = [];

  onMembers(members: readonly string[]): void {
    this.members.push(members);
  }

  onMessage(from: string, data: Uint8Array): void {
    this.messages.push({ from, data });
  }

  onAbsent(to: string): void {
    this.absent.push(to);
  }

  onState(state: SignalingState): void {
    this.states.push(state);
  }

  get state(): SignalingState | undefined {
    return this.states.at(-1);
  }
}

/** Lets promises that are settled already have their say. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

async function setUp(options: Partial<SignalingOptions> = {}) {
  const clock = createVirtualClock();
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
    clock,
    webSocket: Socket,
    ...options,
  });
  const heard = new Heard();
  signaling.open(topic, self, heard);
  await settle();
  const socket = (): FakeSocket => {
    const last = sockets.at(-1);
    if (last === undefined) throw new Error('no socket');
    return last;
  };
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  return { clock, sockets, signaling, heard, socket, advance };
}

describe('joining', () => {
  it('names the topic and itself first, and is open with the welcome', async () => {
    const { socket, heard } = await setUp();
    socket().opens();
    expect(socket().sent.map(frameOf)).toEqual([{ type: 'join', topic, member: self }]);
    expect(heard.state).toEqual({ state: 'connecting' });
    socket().says({ type: 'welcome', members: [other, self, other] });
    expect(heard.state).toEqual({ state: 'open' });
    expect(heard.members).toEqual([[other]]);
  });

  it('asks for the address before every try, and takes a rejection as a failed one', async () => {
    let asked = 0;
    const url = (): Promise<string> => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error('offline')) : Promise.resolve('ws://found');
    };
    const { socket, heard, advance } = await setUp({ url });
    expect(heard.states).toEqual([{ state: 'connecting' }]);
    await advance(500);
    expect(socket().url).toBe('ws://found');
  });

  it('gives up a try that is not welcomed within 10 s', async () => {
    const { sockets, advance } = await setUp();
    await advance(9_999);
    expect(sockets[0]?.closed).toBe(false);
    await advance(1);
    expect(sockets[0]?.closed).toBe(true);
    await advance(500);
    expect(sockets).toHaveLength(2);
  });

  it('an address that cannot be dialled is a refusal that says so', async () => {
    class Impossible extends FakeSocket {
      constructor(url: string) {
        super(url);
        throw new SyntaxError('not an address');
      }
    }
    const { heard } = await setUp({ webSocket: Impossible });
    expect(heard.state).toEqual({
      state: 'refused',
      reason: 'ws://server cannot be dialled: not an address',
    });
  });
});

describe('reconnecting', () => {
  it('waits at most 0.5 s, doubling to 30 s, and not the same for every client', async () => {
    const waitsOf = async (seed: number): Promise<number[]> => {
      const { clock, sockets, socket, advance } = await setUp({ random: seededRandom(seed) });
      const waits: number[] = [];
      for (let failure = 0; failure < 12; failure++) {
        socket().breaks();
        const wait = clock.nextInMs ?? Number.NaN;
        waits.push(wait);
        await advance(wait);
        expect(sockets).toHaveLength(failure + 2);
      }
      return waits;
    };
    const [one, another] = [await waitsOf(1), await waitsOf(2)];
    for (const [failure, wait] of [...one.entries(), ...another.entries()]) {
      expect(wait).toBeLessThanOrEqual(Math.min(30_000, 500 * 2 ** failure));
    }
    expect(Math.max(...one)).toBeGreaterThan(10_000);
    expect(one).not.toEqual(another);
  });

  it('starts the backoff anew after a connection of 10 s, not after a shorter one', async () => {
    const random = { bytes: (length: number) => new Uint8Array(length).fill(255) };
    const { clock, socket, advance } = await setUp({ random });
    const failAfter = async (openMs: number): Promise<number> => {
      socket().welcomes();
      await advance(openMs);
      socket().breaks();
      const wait = clock.nextInMs ?? Number.NaN;
      await advance(wait);
      return Math.round(wait);
    };
    expect(await failAfter(9_999)).toBe(500);
    expect(await failAfter(9_999)).toBe(1_000);
    expect(await failAfter(9_999)).toBe(2_000);
    expect(await failAfter(10_000)).toBe(500);
  });

  it('says connecting once, however often it retries', async () => {
    const { socket, heard, advance } = await setUp();
    socket().welcomes();
    for (let i = 0; i < 3; i++) {
      socket().breaks();
      await advance(30_000);
    }
    expect(heard.states.map(({ state }) => state)).toEqual(['connecting', 'open', 'connecting']);
  });

  it('retryNow does not wait out the backoff', async () => {
    const { sockets, signaling, socket } = await setUp();
    socket().breaks();
    signaling.retryNow();
    await settle();
    expect(sockets).toHaveLength(2);
    signaling.retryNow();
    await settle();
    expect(sockets).toHaveLength(2);
  });

  it('retryNow on an open connection replaces it when nothing is heard for 5 s', async () => {
    const { sockets, signaling, socket, heard, advance } = await setUp();
    socket().welcomes();
    signaling.retryNow();
    signaling.retryNow();
    expect(socket().sentTypes).toEqual(['join', 'sample']);
    socket().says({ type: 'members', members: [] });
    await advance(5_000);
    expect(sockets).toHaveLength(1);
    signaling.retryNow();
    await advance(5_000);
    expect(sockets).toHaveLength(2);
    expect(sockets[0]?.closed).toBe(true);
    expect(heard.state).toEqual({ state: 'connecting' });
  });

  it('nothing of an abandoned socket is heard', async () => {
    const { sockets, heard, advance } = await setUp();
    await advance(10_500);
    sockets[0]?.welcomes([other]);
    sockets[0]?.breaks();
    expect(heard.states).toEqual([{ state: 'connecting' }]);
    expect(heard.members).toEqual([]);
  });
});

describe('refusals', () => {
  it.each(['rate-limited', 'topic-full', 'member-taken', 'address-full', 'of-tomorrow'])(
    '%s is told in the words of the server and tried again within 15 to 45 s',
    async (code) => {
      const { clock, sockets, socket, heard, advance } = await setUp();
      socket().opens();
      socket().says({ type: 'refused', code, message: 'Not now.' });
      socket().breaks(1008, code);
      expect(heard.state).toEqual({ state: 'refused', reason: 'Not now.' });
      expect(clock.nextInMs).toBeGreaterThanOrEqual(15_000);
      expect(clock.nextInMs).toBeLessThanOrEqual(45_000);
      await advance(45_000);
      expect(sockets).toHaveLength(2);
      expect(heard.state).toEqual({ state: 'refused', reason: 'Not now.' });
      socket().welcomes();
      expect(heard.state).toEqual({ state: 'open' });
    },
  );

  it('malformed is tried again only when asked to', async () => {
    const { clock, sockets, signaling, socket, heard } = await setUp();
    socket().opens();
    socket().says({ type: 'refused', code: 'malformed', message: 'No frame.' });
    expect(heard.state).toEqual({ state: 'refused', reason: 'No frame.' });
    expect(clock.pending).toBe(0);
    signaling.retryNow();
    await settle();
    expect(sockets).toHaveLength(2);
  });

  it('a refusal known only by the reason of the close still counts as one', async () => {
    const { socket, heard } = await setUp();
    socket().opens();
    socket().breaks(1013, 'address-full');
    expect(heard.state).toEqual({ state: 'refused', reason: 'address-full' });
  });

  it('a message that is too long for this server only costs the connection', async () => {
    const { socket, heard, advance, sockets } = await setUp();
    socket().welcomes();
    socket().says({ type: 'refused', code: 'too-large', message: 'Too long.' });
    expect(heard.state).toEqual({ state: 'connecting' });
    await advance(500);
    expect(sockets).toHaveLength(2);
  });

  it('a frame dropped for its rate slows down, and the connection stays', async () => {
    const { signaling, socket, heard, advance } = await setUp();
    socket().welcomes();
    socket().says({ type: 'refused', code: 'rate-limited', message: 'Too fast.' });
    signaling.send(other, Uint8Array.of(1));
    expect(socket().sentTypes).toEqual(['join']);
    await advance(112);
    expect(socket().sentTypes).toEqual(['join', 'send']);
    expect(heard.state).toEqual({ state: 'open' });
    socket().breaks(1008, 'rate-limited');
    expect(heard.state).toEqual({ state: 'refused', reason: 'Too fast.' });
  });
});

describe('sending', () => {
  it('refuses what does not fit a frame, and takes what just does', async () => {
    const { signaling, socket } = await setUp();
    socket().welcomes();
    for (const length of [0, 24_528]) {
      expect(() => signaling.send(other, new Uint8Array(length))).toThrow(GrapevineError);
    }
    signaling.send(other, new Uint8Array(24_527));
    expect(socket().sent[1]).toHaveLength(32_768);
  });

  it('closing says leave and ends everything', async () => {
    const { clock, sockets, signaling, socket, heard } = await setUp();
    socket().welcomes();
    signaling.close();
    expect(socket().sentTypes).toEqual(['join', 'leave']);
    expect(socket().closed).toBe(true);
    expect(clock.pending).toBe(0);
    socket().says({ type: 'message', from: other, data: toBase64Url(Uint8Array.of(1)) });
    socket().breaks();
    signaling.retryNow();
    signaling.send(other, Uint8Array.of(1));
    await settle();
    expect(sockets).toHaveLength(1);
    expect(heard.messages).toEqual([]);
    expect(heard.state).toEqual({ state: 'closed' });
  });

  it('opening twice is an error', async () => {
    const { signaling, heard } = await setUp();
    expect(() => signaling.open(topic, self, heard)).toThrow(GrapevineError);
  });
});
