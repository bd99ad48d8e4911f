import { systemClock } from '@grapevine/ports';
import { runSignalingTests } from '@grapevine/ports/conformance';
import { createSignaling } from './index.ts';
import { createFakeServer } from './testing/fake-server.ts';
import { secureRandom } from './testing/secure-random.ts';

runSignalingTests('createSignaling over a fake WebSocket', () => {
  const { webSocket, sever } = createFakeServer();
  const host = { random: secureRandom, clock: systemClock };
  return {
    createSignaling: () => createSignaling({ url: 'ws://fake', ...host, webSocket }),
    sever,
    dispose: () => Promise.resolve(),
  };
});
