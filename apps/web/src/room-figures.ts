import type { Room, RoomStats, Status } from '@grapevine/room';

/** Milliseconds from one look at our figures to the next at least, and for each member here: whoever's changed sends a card to all. Guesses: a card every five seconds in a room. */
const leastMs = 30_000;
const perMemberMs = 5_000;

/** As much of a room as is needed here. */
export interface Figures extends Pick<Room, 'aggregate'> {
  stats(): Pick<RoomStats, 'entries' | 'links'>;
  status(): Pick<Status, 'members'>;
}

/** Adds this tab's figures to those of the room: how many entries it holds, and how many links. Until the room is left. */
export function shareFigures(room: Figures): void {
  const seldom = (read: () => number): (() => number) => {
    let value = read();
    let readAt = performance.now();
    return () => {
      const pauseMs = Math.max(leastMs, perMemberMs * room.status().members);
      if (performance.now() - readAt >= pauseMs) {
        value = read();
        readAt = performance.now();
      }
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
