import type { PendingLink } from '@grapevine/ports';
import { GrapevineError, utf8 } from '@grapevine/wire';

/**
 * A dial that finds no path, at once. Like a real one it has sent its offer by then, which is how the server learns to say that nobody is there.
 * @param initiates an answerer has nothing to offer
 */
export function failedDial(initiates: boolean, signal: (bytes: Uint8Array) => void): PendingLink {
  if (initiates) signal(utf8('[]'));
  const error = new GrapevineError('link-failed', 'No path was found.', 'Try another network.');
  const opened = Promise.reject(error);
  opened.catch(() => undefined);
  return { opened, receive: () => undefined, abort: () => undefined };
}
