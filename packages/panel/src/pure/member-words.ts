import type { ActorKind, Member } from '@grapevine/room';

export const stateWords: Readonly<Record<Member['state'], string>> = {
  alive: 'Here',
  suspect: 'Not answering',
  asleep: 'Asleep',
  dead: 'Gone without a word',
  left: 'Left',
};

/** What each state means, for whoever asks. */
export const stateMeanings: Readonly<Record<Member['state'], string>> = {
  alive: 'It answers.',
  suspect: 'Somebody got no answer. If nobody else does either, it is gone.',
  asleep: 'Its page was put to sleep by the browser or the device, and may come back.',
  dead: 'It stopped answering: a crash, or a lost connection.',
  left: 'Its page was closed.',
};

/** How well a page keeps up, from its health: 0 well to 7. Empty where it is unknown. */
export function healthWords(health: number | undefined): string {
  if (health === undefined) return '';
  if (health <= 0) return 'keeps up well';
  if (health <= 2) return 'a little slow';
  return health <= 5 ? 'slow' : 'barely keeps up';
}

/** What there is to say of a member that is here, beside its state. */
export function conditionWords({ state, health, hidden }: Member): string[] {
  if (state !== 'alive' && state !== 'suspect') return [];
  return [hidden === true ? 'page in the background' : '', healthWords(health)].filter(Boolean);
}

export const kindWords: Readonly<Record<ActorKind, string>> = {
  person: 'person',
  agent: 'agent',
  tool: 'tool',
  import: 'import',
};

interface PathWords {
  text: string;
  /** 0 to 4, as signal bars. */
  bars: number;
}

/** How we reach a member, in words; bars fall with every detour a packet takes. */
export function pathWords(link: Member['link']): PathWords {
  if (link === undefined) return { text: 'No direct link', bars: 0 };
  switch (link.path) {
    case 'tabs':
      return { text: 'Same browser', bars: 4 };
    case 'host':
      return { text: 'Direct, same network', bars: 4 };
    case 'srflx':
    case 'prflx':
      return { text: 'Direct, across the internet', bars: 3 };
    case 'relay':
      return { text: 'Through a relay', bars: 2 };
    case undefined:
      return { text: 'Linked', bars: 1 };
  }
}

/** `12 ms`, `0.4 ms`; empty where the transport does not measure it. */
export function rttWords(rttMs: number | undefined): string {
  if (rttMs === undefined || !Number.isFinite(rttMs)) return '';
  return `${rttMs < 10 ? Math.round(rttMs * 10) / 10 : Math.round(rttMs)} ms`;
}

const order: readonly Member['state'][] = ['alive', 'suspect', 'asleep', 'dead', 'left'];

/** This page first, then by state, then by name. */
export function sortMembers(members: readonly Member[]): Member[] {
  return [...members].sort(
    (a, b) =>
      Number(b.self) - Number(a.self) ||
      order.indexOf(a.state) - order.indexOf(b.state) ||
      a.name.localeCompare(b.name) ||
      (a.id < b.id ? -1 : 1),
  );
}
