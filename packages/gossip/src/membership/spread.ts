import type { SessionId } from '@grapevine/wire';
import type { Core } from '../core.ts';
import type { Neighbour } from '../links/neighbour.ts';
import { isLater } from './statement.ts';
import type { SignedCard, SignedOpinion } from './statement.ts';
import type { Table } from './table.ts';

/** What a member says of itself, or of another. */
type Statement = SignedCard | SignedOpinion;

/**
 * How long a neighbour beside the tree has to send a statement first. Two neighbours would tell each
 * other the same: the lower session id speaks first, and the other has nothing to say then. Guess:
 * longer than a message takes, and than the tree takes most times; shorter than an accused waits
 * for (M6).
 */
const waitMs = { forHigher: 150, forLower: 300 } as const;
/** From then on what waits goes with another frame: a part of `waitMs`. */
const ridesFrom = 0.5;
/** Statements that wait for one neighbour. Guess: more than a crash in a room of 100 brings. */
const maxWaiting = 64;

interface Batch {
  /** When it began, and when it is told. */
  since: number;
  tellAt: number;
  statements: Statement[];
}

/**
 * Whom a statement reaches beside those on the tree: nobody, the others a little later, or the others
 * at once.
 */
type Reach = 'tree' | 'later' | 'all';

/**
 * How statements about members spread (M14): along the shared tree at once, so that most links carry
 * each only once, and over all other links a little later, because a tree may be broken.
 */
export class Spread {
  /** The neighbours on the shared tree. */
  edges: () => Iterable<Neighbour>;
  readonly #core: Core;
  readonly #table: Table;
  /** By neighbour: what it is told unless it says so first. */
  readonly #waiting = new Map<SessionId, Batch>();

  constructor(core: Core, table: Table) {
    this.#core = core;
    this.#table = table;
    this.edges = () => core.active.values();
  }

  /** What this member states itself goes to all at once. */
  own(statement: Statement): void {
    for (const { gone, link } of this.#core.links.values()) if (!gone) link.urgent(statement);
  }

  /**
   * Passes on what came from `sources`: to none of these, not to its author, and where it came from
   * that one itself to none it names in `peers`, whom it told as well.
   */
  pass(statement: Statement, sources: readonly Neighbour[], reach: Reach): void {
    const author = authorOf(statement);
    const told = sources.find(({ member }) => member === author)?.peers;
    const edges = new Set(this.edges());
    for (const neighbour of reach === 'tree' ? edges : this.#core.active.values()) {
      const { gone, link, member } = neighbour;
      if (gone || member === author || told?.has(member) === true) continue;
      if (sources.includes(neighbour)) continue;
      // What waits and is older has nothing more to say.
      this.heard(neighbour, statement);
      if (reach === 'all' || edges.has(neighbour)) link.urgent(statement);
      else this.#wait(neighbour, statement);
    }
  }

  /** The neighbour has sent that: it need not be told. */
  heard({ member }: Neighbour, statement: Statement): void {
    const batch = this.#waiting.get(member);
    if (batch === undefined) return;
    batch.statements = batch.statements.filter((waiting) => !covers(statement, waiting));
    if (batch.statements.length === 0) this.#waiting.delete(member);
  }

  /** A frame goes to that neighbour anyway. */
  ride(neighbour: Neighbour): void {
    const batch = this.#waiting.get(neighbour.member);
    // Of two links to one member only one is used.
    if (batch === undefined || this.#core.active.get(neighbour.member) !== neighbour) return;
    const { since, tellAt } = batch;
    if (this.#core.now >= since + (tellAt - since) * ridesFrom) this.#tell(neighbour, batch);
  }

  /** Tells what has waited long enough. @returns when to look again */
  tick(): number {
    const { active, now } = this.#core;
    let next = Infinity;
    for (const [member, batch] of this.#waiting) {
      const neighbour = active.get(member);
      if (neighbour === undefined) this.#waiting.delete(member);
      else if (batch.tellAt <= now) this.#tell(neighbour, batch);
      else next = Math.min(next, batch.tellAt);
    }
    return next;
  }

  /** We leave: others may wait for what only we have to tell. */
  leave(): void {
    for (const [member, batch] of this.#waiting) {
      const neighbour = this.#core.active.get(member);
      if (neighbour !== undefined) this.#tell(neighbour, batch);
    }
    this.#waiting.clear();
  }

  #wait(neighbour: Neighbour, statement: Statement): void {
    const { now, settings } = this.#core;
    const { member } = neighbour;
    let batch = this.#waiting.get(member);
    if (batch === undefined) {
      const ms = settings.self < member ? waitMs.forHigher : waitMs.forLower;
      batch = { since: now, tellAt: now + ms, statements: [] };
      this.#waiting.set(member, batch);
      this.#core.schedule('liveness', batch.tellAt);
    }
    batch.statements.push(statement);
    if (batch.statements.length >= maxWaiting) this.#tell(neighbour, batch);
  }

  #tell({ link, member }: Neighbour, { statements }: Batch): void {
    this.#waiting.delete(member);
    for (const statement of statements) {
      const current = this.#current(statement);
      if (current !== undefined) link.urgent(current);
    }
  }

  /** What holds of it now: of a card the newest, which may have gone along the tree alone. */
  #current(statement: Statement): Statement | undefined {
    const entry = this.#table.get(aboutOf(statement));
    if (statement.type === 'alive') return entry?.card;
    if (entry?.incarnation !== statement.incarnation) return undefined;
    return statement.type === 'vouch' || entry.state !== 'alive' ? statement : undefined;
  }
}

function authorOf(statement: Statement): SessionId {
  return statement.type === 'alive' ? statement.session : statement.by;
}

function aboutOf(statement: Statement): SessionId {
  return statement.type === 'alive' ? statement.session : statement.about;
}

/** Whether who sent `a` has nothing to learn from `b`. */
function covers(a: Statement, b: Statement): boolean {
  if (a.type === 'alive') return b.type === 'alive' && a.session === b.session && !isLater(b, a);
  return b.type !== 'alive' && a.about === b.about && a.by === b.by && a.number >= b.number;
}
