import type { Random } from '@grapevine/ports';

export const secureRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};
