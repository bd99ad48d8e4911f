import type { SocketConstructor } from '../socket.ts';
import { FakeSocket, frameOf } from './fake-socket.ts';

interface Member {
  topic: string;
  id: string;
}

/** The protocol of signaling/README.md without its limits, frame by frame in microtasks. */
export interface FakeServer {
  readonly webSocket: SocketConstructor;
  /** Breaks every connection. */
  sever: () => void;
}

export function createFakeServer(): FakeServer {
  const members = new Map<FakeSocket, Member>();
  const sockets = new Set<FakeSocket>();

  const find = (topic: unknown, id: unknown): FakeSocket | undefined => {
    for (const [socket, member] of members) {
      if (member.topic === topic && member.id === id) return socket;
    }
    return undefined;
  };
  const others = (self: Member): string[] =>
    [...members.values()]
      .filter(({ topic, id }) => topic === self.topic && id !== self.id)
      .map(({ id }) => id);

  const handle = (socket: FakeSocket, frame: Readonly<Record<string, unknown>>): void => {
    if (frame['type'] === 'join') {
      const member = { topic: String(frame['topic']), id: String(frame['member']) };
      members.set(socket, member);
      socket.says({ type: 'welcome', members: others(member) });
      return;
    }
    const member = members.get(socket);
    if (member === undefined) return;
    if (frame['type'] === 'leave') members.delete(socket);
    else if (frame['type'] === 'sample') socket.says({ type: 'members', members: others(member) });
    else {
      const addressee = find(member.topic, frame['to']);
      if (addressee === undefined) socket.says({ type: 'absent', to: frame['to'] });
      else addressee.says({ type: 'message', from: member.id, data: frame['data'] });
    }
  };

  class ServedSocket extends FakeSocket {
    constructor(url: string) {
      super(url);
      sockets.add(this);
      this.onSent = (frame) => queueMicrotask(() => handle(this, frameOf(frame)));
      queueMicrotask(() => {
        if (!this.closed) this.opens();
      });
    }
  }

  return {
    webSocket: ServedSocket,
    sever() {
      members.clear();
      for (const socket of [...sockets]) {
        sockets.delete(socket);
        if (!socket.closed) socket.breaks();
      }
    },
  };
}
