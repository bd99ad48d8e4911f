import { systemClock } from '@grapevine/ports';
import { runSignalingTests } from '@grapevine/ports/conformance';
import { createSignaling } from './client.ts';
import { createLateSignaling } from './late.ts';
import { createFakeServer } from './testing/fake-server.ts';
import { secureRandom } from './testing/secure-random.ts';

const makers = { createSignaling, createLateSignaling };
for (const [name, make] of Object.entries(makers)) {
  runSignalingTests(`${name} over a fake WebSocket`, () => {
    const { webSocket, sever } = createFakeServer();
    const host = { random: secureRandom, clock: systemClock };
    return {
      createSignaling: () => make({ url: 'ws://fake', ...host, webSocket }),
      sever,
      dispose: () => Promise.resolve(),
    };
  });
}
