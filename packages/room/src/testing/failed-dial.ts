import type { PendingLink } from '@grapevine/ports';
import { GrapevineError } from '@grapevine/wire';

/** A dial that finds no path, at once. */
export function failedDial(): PendingLink {
  const error = new GrapevineError('link-failed', 'No path was found.', 'Try another network.');
  const opened = Promise.reject(error);
  opened.catch(() => undefined);
  return { opened, receive: () => undefined, abort: () => undefined };
}
