import type { ActorKind, Member } from '@grapevine/room';

export const stateWords: Readonly<Record<Member['state'], string>> = {
  alive: 'Here',
  suspect: 'Not answering',
  asleep: 'Asleep',
  dead: 'Gone without a word',
  left: 'Left',
};

export const kindWords: Readonly<Record<ActorKind, string>> = {
  person: 'person',
  agent: 'agent',
  tool: 'tool',
  import: 'import',
};

export interface PathWords {
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
