import type { ProblemCode, Status } from '@grapevine/room';

/** `good` = nothing to do; `busy` = it is being worked on; `quiet` = works, but nobody hears it. */
export type Tone = 'good' | 'busy' | 'quiet';

interface StatusWords {
  tone: Tone;
  /** Changes only when the state does, so that it may be announced. */
  text: string;
  /** Changes often: never announced. Empty where there is nothing to count. */
  detail: string;
}

const unsaved: ReadonlySet<ProblemCode> = new Set([
  'storage-full',
  'storage-unavailable',
  'storage-lost',
  'storage-blocked',
]);

/** "saved on this device" is a promise: it is made only while storage keeps it. */
function whereItIs(status: Status): string {
  const kept = !status.problems.some(({ code }) => unsaved.has(code));
  return kept ? 'saved on this device' : 'kept in this tab only';
}

/** `1 change`, `1,200 changes`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** What a room's status means to a person. */
export function statusWords(status: Status): StatusWords {
  switch (status.state) {
    case 'alone':
      return { tone: 'quiet', text: `Only you here — ${whereItIs(status)}`, detail: '' };
    case 'connecting':
      return { tone: 'busy', text: 'Connecting…', detail: '' };
    case 'in-sync':
      return { tone: 'good', text: `In sync with ${status.inSyncWith}`, detail: '' };
    case 'catching-up': {
      const detail = status.pending > 0 ? `(${plural(status.pending, 'change')})` : '';
      return { tone: 'busy', text: 'Catching up', detail };
    }
    case 'offline':
      return { tone: 'quiet', text: `Working offline — ${whereItIs(status)}`, detail: '' };
    case 'left':
      return { tone: 'quiet', text: 'You have left this room', detail: '' };
  }
}
