import type { Room, RoomAggregate } from '@grapevine/room';
import { codeOf } from './events.ts';

/** As much of a room as is needed here. */
type Source = Pick<Room, 'aggregate' | 'aggregateNames' | 'aggregates'> & {
  status(): Pick<ReturnType<Room['status']>, 'state'>;
};

export interface Others {
  /** In the order in which they were first seen. */
  open: readonly RoomAggregate[];
  /** How many there are beyond those. */
  more: number;
}

/** Listens to the aggregates that others give numbers to and this tab does not: as many as are shown. */
export class OthersAggregates {
  readonly #most: number;
  readonly #open = new Map<string, RoomAggregate>();
  #more = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Call it whenever they are drawn: those nobody gives a number to any more are let go. */
  follow(room: Source): Others {
    if (room.status().state === 'left') this.stop();
    else this.#follow(room);
    return { open: [...this.#open.values()], more: this.#more };
  }

  stop(): void {
    for (const aggregate of this.#open.values()) aggregate.stop();
    this.#open.clear();
    this.#more = 0;
  }

  #follow(room: Source): void {
    const ours = new Set(room.aggregates().map(({ name }) => name));
    const names = room.aggregateNames().filter((name) => !ours.has(name));
    for (const [name, aggregate] of this.#open) {
      if (names.includes(name)) continue;
      aggregate.stop();
      this.#open.delete(name);
    }
    for (const name of names) {
      if (this.#open.has(name) || this.#open.size >= this.#most) continue;
      const aggregate = listenTo(room, name);
      if (aggregate === undefined) break;
      this.#open.set(name, aggregate);
    }
    this.#more = names.length - this.#open.size;
  }
}

/** Undefined where programs on the page listen to as many as there may be. */
function listenTo(room: Source, name: string): RoomAggregate | undefined {
  try {
    return room.aggregate(name);
  } catch (error) {
    if (codeOf(error) === 'aggregate-limit') return undefined;
    throw error;
  }
}
