/**
 * Epochs of a tree go round, 0 left out (PROTOCOL.md B2): nobody can take the last one there is and
 * so keep all others from a later one. 30,000 years of one every second.
 */
const epochs = 2 ** 40;

export function isEpoch(epoch: number): boolean {
  return epoch < epochs;
}

export function nextEpoch(epoch: number): number {
  return epoch + 1 < epochs ? epoch + 1 : 1;
}

/** Whether it is less than half the way round ahead. Every other is later than 0, where all begin. */
export function isLaterEpoch(epoch: number, than: number): boolean {
  if (epoch === 0 || than === 0) return epoch > than;
  const ahead = (epoch - than + epochs) % epochs;
  return ahead > 0 && ahead < epochs / 2;
}
