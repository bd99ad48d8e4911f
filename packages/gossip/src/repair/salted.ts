import { concat } from '@grapevine/wire';
import type { Core } from '../core.ts';
import { readShort, shortBytes } from '../frames/repair-messages.ts';

/** A hash of the tree as it travels in a descent: the first 4 bytes of H(salt ‖ hash), as a number. */
export function salted(core: Core, salt: number, hash: Uint8Array): number {
  return readShort(core.settings.hash(concat(shortBytes(salt), hash)));
}
