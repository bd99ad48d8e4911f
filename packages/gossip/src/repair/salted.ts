import { Reader, Writer } from '@grapevine/wire';
import type { Core } from '../core.ts';

/** A salt, and 16 bytes of hash. */
const inputBytes = 20;

/** A hash of the tree as it travels in a descent: the first 4 bytes of H(salt ‖ hash), as a number. */
export function salted(core: Core, salt: number, hash: Uint8Array): number {
  const input = new Writer(inputBytes).u32(salt).bytes(hash).done();
  return new Reader(core.settings.hash(input)).u32();
}
