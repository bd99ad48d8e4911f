import { limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Signaling, SignalingEvents, SignalingState } from '../signaling.ts';
import { freshSession, freshTopic, randomBytes } from './fresh.ts';

/** What an adapter brings to the suite. */
export interface SignalingSetup {
  /** Another client of the same server, on a clock that runs. The suite closes it. */
  createSignaling: () => Signaling;
  /** Breaks every connection there is, as a failing network does; new ones can be made. */
  sever: () => void;
  dispose: () => Promise<void>;
}

/** Writes down what happens to one client, and lets a test wait for it. */
class Recorder implements SignalingEvents {
  readonly id: SessionId = freshSession();
  readonly states: SignalingState['state'][] = [];
  readonly members: SessionId[][] = [];
  readonly messages: { from: SessionId; data: Uint8Array }[] = [];
  readonly absent: SessionId[] = [];
  #waiting: { holds: () => boolean; resolve: () => void }[] = [];

  /** Resolves as soon as `holds` does, looked at after every event. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ holds, resolve });
    });
  }

  /** The message at `index`, once it has come. */
  async message(index: number): Promise<{ from: SessionId; data: Uint8Array }> {
    await this.until(() => this.messages.length > index);
    const message = this.messages[index];
    if (message === undefined) throw new Error(`no message ${index}`);
    return message;
  }

  isOpen(): boolean {
    return this.states.at(-1) === 'open';
  }

  onMembers(members: readonly SessionId[]): void {
    this.members.push([...members]);
    this.#look();
  }

  onMessage(from: SessionId, data: Uint8Array): void {
    this.messages.push({ from, data });
    this.#look();
  }

  onAbsent(to: SessionId): void {
    this.absent.push(to);
    this.#look();
  }

  onState(state: SignalingState): void {
    this.states.push(state.state);
    this.#look();
  }

  #look(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      if (one.holds()) one.resolve();
      else this.#waiting.push(one);
    }
  }
}

interface Client {
  signaling: Signaling;
  heard: Recorder;
}

interface World {
  /** A client that has begun to open. */
  start(topic: string): Client;
  /** A client that is open. */
  join(topic: string): Promise<Client>;
  sever(): void;
}

/** What every Signaling must do (`../signaling.ts`). */
export function runSignalingTests(name: string, setup: () => SignalingSetup): void {
  describe(`${name} as a Signaling`, () => {
    const { createSignaling, sever, dispose } = setup();
    const opened: Signaling[] = [];
    const world: World = {
      start(topic) {
        const client = { signaling: createSignaling(), heard: new Recorder() };
        opened.push(client.signaling);
        client.signaling.open(topic, client.heard.id, client.heard);
        return client;
      },
      async join(topic) {
        const client = world.start(topic);
        await client.heard.until(() => client.heard.isOpen());
        return client;
      },
      sever,
    };

    afterEach(() => {
      for (const signaling of opened.splice(0)) signaling.close();
    });
    afterAll(dispose);

    testsOfIntroducing(world);
    testsOfSending(world);
    testsOfReconnecting(world);
    testsOfClosing(world);
  });
}

function testsOfIntroducing(world: World): void {
  it('says that it connects, then that it is open', async () => {
    const { heard } = await world.join(freshTopic());
    expect(heard.states).toEqual(['connecting', 'open']);
  });

  it('names the others of the topic to who joins, and nobody to the first', async () => {
    const topic = freshTopic();
    const first = await world.join(topic);
    await first.heard.until(() => first.heard.members.length > 0);
    expect(first.heard.members).toEqual([[]]);
    const second = await world.join(topic);
    await second.heard.until(() => second.heard.members.length > 0);
    expect(second.heard.members).toEqual([[first.heard.id]]);
  });

  it('names others again when asked to', async () => {
    const topic = freshTopic();
    const first = await world.join(topic);
    const second = await world.join(topic);
    first.signaling.sample();
    await first.heard.until(() => first.heard.members.length > 1);
    expect(first.heard.members[1]).toEqual([second.heard.id]);
  });

  it('does not mix topics', async () => {
    const first = await world.join(freshTopic());
    const second = await world.join(freshTopic());
    second.signaling.send(first.heard.id, Uint8Array.of(1));
    await second.heard.until(() => second.heard.absent.length > 0);
    expect(second.heard.members).toEqual([[]]);
    expect(first.heard.messages).toEqual([]);
  });
}

function testsOfSending(world: World): void {
  it('carries bytes as they are, in order, with their sender', async () => {
    const topic = freshTopic();
    const first = await world.join(topic);
    const second = await world.join(topic);
    const sent = [1, 2, 255, 3_000, 20_000].map(randomBytes);
    for (const data of sent) first.signaling.send(second.heard.id, data);
    await second.heard.message(sent.length - 1);
    expect(second.heard.messages).toEqual(sent.map((data) => ({ from: first.heard.id, data })));
    second.signaling.send(first.heard.id, Uint8Array.of(7));
    expect(await first.heard.message(0)).toEqual({
      from: second.heard.id,
      data: Uint8Array.of(7),
    });
  });

  it('says when the addressee is not there', async () => {
    const { signaling, heard } = await world.join(freshTopic());
    const nobody = freshSession();
    signaling.send(nobody, Uint8Array.of(1));
    await heard.until(() => heard.absent.length > 0);
    expect(heard.absent).toEqual([nobody]);
  });

  it('keeps what is sent before it is open', async () => {
    const topic = freshTopic();
    const first = await world.join(topic);
    const second = world.start(topic);
    second.signaling.send(first.heard.id, Uint8Array.of(1));
    second.signaling.send(first.heard.id, Uint8Array.of(2));
    await first.heard.message(1);
    expect(first.heard.messages.map(({ data }) => [...data])).toEqual([[1], [2]]);
  });

  it('S1: takes the longest sealed signal there is', async () => {
    const topic = freshTopic();
    const first = await world.join(topic);
    const second = await world.join(topic);
    const data = randomBytes(limits.sealedSignalBytes);
    first.signaling.send(second.heard.id, data);
    expect((await second.heard.message(0)).data).toEqual(data);
  });
}

function testsOfReconnecting(world: World): void {
  it('comes back by itself after the connections broke, with the same id', async () => {
    const topic = freshTopic();
    const first = await world.join(topic);
    const second = await world.join(topic);
    world.sever();
    for (const { signaling, heard } of [first, second]) {
      await heard.until(() => heard.states.length > 2);
      expect(heard.states[2]).toBe('connecting');
      signaling.retryNow();
      await heard.until(() => heard.isOpen());
    }
    first.signaling.send(second.heard.id, Uint8Array.of(9));
    expect((await second.heard.message(0)).from).toBe(first.heard.id);
  });

  it('retrying while it is open does no harm', async () => {
    const topic = freshTopic();
    const first = await world.join(topic);
    const second = await world.join(topic);
    first.signaling.retryNow();
    second.signaling.send(first.heard.id, Uint8Array.of(1));
    await first.heard.message(0);
    expect(first.heard.states).toEqual(['connecting', 'open']);
  });
}

function testsOfClosing(world: World): void {
  it('is gone for the others once it has closed, and hears nothing more', async () => {
    const topic = freshTopic();
    const first = await world.join(topic);
    const second = await world.join(topic);
    first.signaling.close();
    expect(first.heard.states.at(-1)).toBe('closed');
    // Each `absent` answers one message: the first tells that the leave has arrived.
    while (second.heard.absent.length === 0) {
      const samples = second.heard.members.length;
      second.signaling.send(first.heard.id, Uint8Array.of(1));
      second.signaling.sample();
      await second.heard.until(() => second.heard.members.length > samples);
    }
    first.signaling.send(second.heard.id, Uint8Array.of(2));
    first.signaling.sample();
    first.signaling.retryNow();
    first.signaling.close();
    expect(first.heard.states).toEqual(['connecting', 'open', 'closed']);
    expect(second.heard.messages).toEqual([]);
  });

  it('can be opened again after it was closed', async () => {
    const topic = freshTopic();
    const { signaling, heard } = await world.join(topic);
    signaling.close();
    signaling.open(topic, heard.id, heard);
    await heard.until(() => heard.isOpen());
    expect(heard.states).toEqual(['connecting', 'open', 'closed', 'connecting', 'open']);
  });

  it('can be closed before it is open', () => {
    const { signaling, heard } = world.start(freshTopic());
    signaling.close();
    expect(heard.states).toEqual(['connecting', 'closed']);
  });
}
