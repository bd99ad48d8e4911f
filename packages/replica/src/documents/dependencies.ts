import type { DecodeError } from '@grapevine/wire';
import { scanUpdate } from './scan.ts';

/**
 * PROTOCOL.md Y3: for each client the clock that must be reached before `update` applies: what its structs name as origins and parents, what it
 * deletes, and the clock before its own first struct. What it adds itself is no dependency.
 * @param update bare, V1
 */
export function dependenciesOf(update: Uint8Array): ReadonlyMap<number, number> | DecodeError {
  const outline = scanUpdate(update);
  return 'needs' in outline ? outline.needs : outline;
}
