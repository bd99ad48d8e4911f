import type { Random } from '@grapevine/ports';

/** The platform's chance; there also on insecure origins. */
export const systemRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

/** A number in [0, 1) for choices where prediction does no harm. */
export function fraction(random: Random): number {
  const bytes = random.bytes(4);
  return new DataView(bytes.buffer).getUint32(0) / 2 ** 32;
}
