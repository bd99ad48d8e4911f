import type { SignalingState } from '@grapevine/ports';
import type { Status } from './types.ts';

export interface StatusInputs {
  left: boolean;
  links: number;
  dialling: number;
  inSyncWith: number;
  /** Everything known to be missing: deltas, values, buffered updates. */
  pending: number;
  signaling: SignalingState['state'] | 'none';
  /** The server has not answered for longer than a person waits. */
  signalingOverdue: boolean;
}

/** The one word for how the room is, from facts of the running core. */
export function statusState(now: StatusInputs): Status['state'] {
  if (now.left) return 'left';
  if (now.links > 0) {
    return now.inSyncWith === now.links && now.pending === 0 ? 'in-sync' : 'catching-up';
  }
  if (now.dialling > 0) return 'connecting';
  switch (now.signaling) {
    case 'open':
    case 'none':
      return 'alone';
    case 'connecting':
      return now.signalingOverdue ? 'offline' : 'connecting';
    case 'refused':
    case 'closed':
      return 'offline';
  }
}
