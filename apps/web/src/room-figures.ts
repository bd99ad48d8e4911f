import type { RoomStats, Status } from '@grapevine/room';

/**
 * Milliseconds from one look at our figures to the next: whoever's changed sends a card to all. After a
 * change the pause is so much for each member here. Guesses: a card every five seconds in a room that is
 * written to all the time; one that comes together changes links for a minute.
 */
const leastMs = 5_000;
const perMemberMs = 5_000;

/** As much of a room as is needed here. */
interface Figures {
  aggregate(name: string, read: () => number): unknown;
  stats(): Pick<RoomStats, 'entries' | 'links'>;
  status(): Pick<Status, 'members'>;
}

/** Adds this tab's figures to those of the room: how many entries it holds, and how many links. Until the room is left. */
export function shareFigures(room: Figures): void {
  const seldom = (read: () => number): (() => number) => {
    let value = read();
    let readAt = performance.now();
    let pauseMs = leastMs;
    return () => {
      if (performance.now() - readAt < pauseMs) return value;
      const before = value;
      value = read();
      readAt = performance.now();
      const mostMs = Math.max(leastMs, perMemberMs * room.status().members);
      pauseMs = value === before ? leastMs : mostMs;
      return value;
    };
  };
  room.aggregate(
    'entries held',
    seldom(() => room.stats().entries),
  );
  room.aggregate(
    'links open',
    seldom(() => room.stats().links),
  );
}
