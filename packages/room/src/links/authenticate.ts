import type { Clock, Link } from '@grapevine/ports';
import type { Handshake } from '@grapevine/replica';
import { GrapevineError } from '@grapevine/wire';

/** PROTOCOL.md S4. */
const handshakeDeadlineMs = 5_000;
/** Frames that may arrive while the last signature is checked. Source: guess; the other side sends a hello and its first round. */
const earlyMessagesMax = 64;

interface Authenticated {
  authorKey: Uint8Array;
  /** Messages that came behind the other side's signature, to be read first by whoever takes the link. */
  early: readonly Uint8Array[];
  /** Whether the link has ended since: whoever takes it would not be told. */
  hasEnded(this: void): boolean;
}

/** Proves on a fresh link who is at its other end, and ours to them. No frame is read before; a failure closes the link. */
export async function authenticate(
  link: Link,
  handshake: Handshake,
  clock: Clock,
): Promise<Authenticated> {
  const early: Uint8Array[] = [];
  let ended = false;
  const onEnd = () => {
    ended = true;
  };
  try {
    const authorKey = await prove(link, handshake, clock, early, onEnd);
    return { authorKey, early, hasEnded: () => ended };
  } catch (error) {
    link.close();
    throw error;
  }
}

function prove(
  link: Link,
  handshake: Handshake,
  clock: Clock,
  early: Uint8Array[],
  onEnd: () => void,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const failed = (message: string) =>
      reject(new GrapevineError('handshake-failed', message, 'Nothing: other ways are tried.'));
    const cancel = clock.after(handshakeDeadlineMs, () => failed('The other side did not answer.'));
    link.onClose = () => {
      cancel();
      onEnd();
      failed('The link closed before the handshake.');
    };
    // One message at a time: a later one means nothing before the earlier was checked.
    let expected = 2;
    let checked = Promise.resolve();
    link.onMessage = (message) => {
      if (expected === 0) {
        if (early.push(message) > earlyMessagesMax) failed('Too much before the handshake.');
        return;
      }
      expected--;
      checked = checked
        .then(() => handshake.receive(message))
        .then(({ reply, done }) => {
          if (reply) link.send(reply);
          if (!done) return;
          cancel();
          resolve(done.authorKey);
        })
        .catch((error: unknown) => {
          cancel();
          reject(error instanceof Error ? error : new Error(String(error)));
        });
    };
    link.send(handshake.first());
  });
}
