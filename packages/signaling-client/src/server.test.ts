import { systemClock } from '@grapevine/ports';
import { runSignalingTests } from '@grapevine/ports/conformance';
// oxlint-disable-next-line no-restricted-imports -- nothing that ships: the client is held against the real server
import { createServer } from '@grapevine/signaling';
import { WebSocket } from 'ws';
import { createSignaling } from './client.ts';
import { secureRandom } from './testing/secure-random.ts';

runSignalingTests('createSignaling against the signaling server', () => {
  const server = createServer({ host: '127.0.0.1', port: 0 });
  const listening = server.listen();
  const sockets = new Set<WebSocket>();

  class TrackedSocket extends WebSocket {
    constructor(url: string) {
      super(url);
      sockets.add(this);
      this.once('close', () => sockets.delete(this));
    }
  }

  return {
    createSignaling: () =>
      createSignaling({
        url: async () => `ws://127.0.0.1:${(await listening).port}/signal`,
        random: secureRandom,
        clock: systemClock,
        webSocket: TrackedSocket,
      }),
    sever() {
      for (const socket of sockets) socket.terminate();
    },
    async dispose() {
      await listening;
      await server.close();
    },
  };
});
