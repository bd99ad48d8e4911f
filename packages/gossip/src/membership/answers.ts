import type { MessageOf } from '../frames/message.ts';
import type { Neighbour } from '../links/neighbour.ts';
import type { Accusations } from './accusations.ts';
import type { SignedCard } from './statement.ts';
import type { Entry, Table } from './table.ts';

export function isPresent({ state }: Entry): boolean {
  return state !== 'dead' && state !== 'left';
}

/** Who is behind is told what is known (M3, M7). */
export class Answers {
  readonly #table: Table;
  readonly #accusations: Accusations;

  constructor(table: Table, accusations: Accusations) {
    this.#table = table;
    this.#accusations = accusations;
  }

  /** To a card that is no news. */
  card(neighbour: Neighbour, card: SignedCard): void {
    const entry = this.#table.get(card.session);
    if (entry === undefined || entry.state === 'alive' || entry.state === 'asleep') return;
    if (card.state === 'left') return;
    if (entry.state !== 'suspect') tellGone(neighbour, entry);
    else if (card.incarnation === entry.incarnation) this.#tellSuspect(neighbour, entry);
  }

  /** To an accusation, once it was taken where it is news. */
  accusation(neighbour: Neighbour, { about, by, incarnation }: MessageOf<'suspect'>): void {
    const entry = this.#table.get(about);
    if (entry !== undefined && !isPresent(entry)) {
      const late = by === neighbour.member && incarnation <= entry.incarnation;
      if (late) tellGone(neighbour, entry);
      return;
    }
    // It does not know the newer card.
    const card = this.#table.cardOf(about);
    if (card !== undefined && card.incarnation > incarnation) neighbour.link.urgent(card);
  }

  #tellSuspect(neighbour: Neighbour, { id: session, incarnation }: Entry): void {
    const accusation = this.#accusations.of(session)?.evidence;
    if (neighbour.member === session) neighbour.link.urgent({ type: 'gone', session, incarnation });
    else if (accusation !== undefined) neighbour.link.urgent(accusation);
  }
}

/** What it is gone by where there is its own word, else that we hold it gone. */
function tellGone(neighbour: Neighbour, { id: session, card, incarnation }: Entry): void {
  neighbour.link.urgent(card ?? { type: 'gone', session, incarnation });
}
