import * as Y from 'yjs';
import type { Id, Placement, UpdateOutline } from './scan.ts';

/**
 * Levels of shared types within each other. Yjs deletes and reads them recursively, so the bound must hold on every engine alike. A guess, as for
 * values: real documents stay below 20.
 */
export const typeDepth = 128;

/** Items looked at for all seams of a delta together before the lists of the rest are numbered, each once. A guess: an honest delta has a seam or two. */
const nearItems = 4096;

/** A sequence, or the versions of one map entry. Its parent: a type; a root type's name not seen yet; or the clock of a type the delta itself brings. */
interface List {
  readonly parent: object | string | number;
  readonly key: string | null;
  /** Of the types it stands in. */
  readonly depth: number;
}

/** One clock of a list. */
interface Unit {
  /** Undefined where it is, or hangs on, a struct without content: such a one has no place. */
  readonly list: List | undefined;
  readonly origin: Id | null;
  readonly right: Id | null;
  /** Undefined where the delta itself brings it. */
  readonly item: Y.Item | undefined;
}

/** Two items that do not name each other: which comes first, only their list can say. */
interface Seam {
  readonly origin: Id;
  readonly left: Y.Item;
  readonly right: Y.Item;
  /** The item of `right`'s own origin. */
  readonly before: Y.Item | undefined;
}

const nowhere = { list: undefined, origin: null, right: null, item: undefined } as const;

/**
 * PROTOCOL.md Y6: whether every struct of an update is put where Yjs' integration gives one order on all replicas, whatever comes first. To be asked when
 * all the update needs is in `doc`; the answer does not depend on what else is. Costs a few look-ups for each struct, and at worst one walk over the
 * lists of the document for the whole update.
 */
export function wellPlaced(doc: Y.Doc, outline: UpdateOutline): boolean {
  return new PlacementCheck(doc, outline).run();
}

class PlacementCheck {
  readonly #doc: Y.Doc;
  readonly #outline: UpdateOutline;
  /** Where the delta's structs up to the current one stand. */
  readonly #lists: (List | undefined)[] = [];
  readonly #seams: Seam[] = [];

  constructor(doc: Y.Doc, outline: UpdateOutline) {
    this.#doc = doc;
    this.#outline = outline;
  }

  run(): boolean {
    for (const placement of this.#outline.placements) {
      const list = placement.empty ? undefined : this.#place(placement);
      if (list === 'misplaced') return false;
      this.#lists.push(list);
    }
    return inOrder(this.#seams);
  }

  #place(at: Placement): List | 'misplaced' | undefined {
    const left = at.origin === null ? undefined : this.#unit(at.origin);
    const right = at.right === null ? undefined : this.#unit(at.right);
    if (left === nowhere || right === nowhere) return undefined;
    const list = left?.list ?? right?.list ?? this.#declared(at);
    if (list === undefined || list === 'misplaced') return list;
    if (right !== undefined && !sameList(right.list, list)) return 'misplaced';
    if (at.type && list.depth >= typeDepth) return 'misplaced';
    return right === undefined || this.#ordered(at, left, right) ? list : 'misplaced';
  }

  /**
   * Whoever sees two neighbours, one of them written upon the other, finds the other named by it. Two that do not name each other were written apart,
   * and so before this delta.
   */
  #ordered(at: Placement, left: Unit | undefined, right: Unit): boolean {
    if (sameId(right.origin, at.origin)) return true;
    if (left === undefined || at.origin === null || at.right === null) return false;
    if (sameId(left.right, at.right)) return true;
    if (left.item === undefined || right.item === undefined) return false;
    // Within one item every clock has the one before it as its origin.
    if (left.item === right.item || at.right.clock !== right.item.id.clock) return false;
    const before = right.origin === null ? undefined : itemAt(this.#doc, right.origin);
    this.#seams.push({ origin: at.origin, left: left.item, right: right.item, before });
    return true;
  }

  #declared(at: Placement): List | 'misplaced' | undefined {
    const { parent, key } = at;
    if (typeof parent === 'string')
      return { parent: this.#doc.share.get(parent) ?? parent, key, depth: 0 };
    if (parent === null) return 'misplaced';
    const own = this.#ownIndex(parent);
    if (own !== undefined) {
      const around = this.#lists[own];
      if (around === undefined) return undefined;
      if (this.#outline.placements[own]?.type !== true) return 'misplaced';
      return { parent: parent.clock, key, depth: around.depth + 1 };
    }
    const item = itemAt(this.#doc, parent);
    if (item === undefined) return undefined;
    if (!(item.content instanceof Y.ContentType)) return 'misplaced';
    return listIn(item.content.type, key);
  }

  #unit(id: Id): Unit {
    const own = this.#ownIndex(id);
    if (own === undefined) return storedUnit(itemAt(this.#doc, id), id);
    const placement = this.#outline.placements[own];
    const list = this.#lists[own];
    if (placement === undefined || list === undefined) return nowhere;
    const origin = id.clock === placement.clock ? placement.origin : before(id);
    return { list, origin, right: placement.right, item: undefined };
  }

  /** Which struct of the delta covers `id`. */
  #ownIndex(id: Id): number | undefined {
    const { client, first, next, placements } = this.#outline;
    if (id.client !== client || id.clock < first || id.clock >= next) return undefined;
    let low = 0;
    let high = placements.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((placements[middle]?.clock ?? 0) <= id.clock) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function storedUnit(item: Y.Item | undefined, id: Id): Unit {
  if (item === undefined || !(item.parent instanceof Y.AbstractType)) return nowhere;
  return {
    list: listIn(item.parent, item.parentSub),
    origin: id.clock === item.id.clock ? item.origin : before(id),
    right: item.rightOrigin,
    item,
  };
}

/** Undefined for a struct without content. */
function itemAt(doc: Y.Doc, id: Id): Y.Item | undefined {
  const struct: unknown = Y.getItem(doc.store, Y.createID(id.client, id.clock));
  return struct instanceof Y.Item ? struct : undefined;
}

function listIn(parent: Y.AbstractType<unknown>, key: string | null): List {
  let depth = 0;
  let around = parent._item;
  while (around !== null) {
    depth++;
    around = around.parent instanceof Y.AbstractType ? around.parent._item : null;
  }
  return { parent, key, depth };
}

/** Whether each left item is before its right one, with the right one's origin not in between. */
function inOrder(seams: readonly Seam[]): boolean {
  const far: Seam[] = [];
  let steps = nearItems;
  for (const seam of seams) {
    let at = seam.right.left;
    while (steps > 0 && at !== null && at !== seam.left && at !== seam.before) {
      steps--;
      at = at.left;
    }
    if (steps === 0) far.push(seam);
    else if (at === null || at !== seam.left) return false;
    else if (!originUpTo(seam, at === seam.before ? 0 : undefined, 0)) return false;
  }
  if (far.length === 0) return true;
  const places = number(far);
  return far.every((seam) => {
    const left = places.get(seam.left) ?? 0;
    return left < (places.get(seam.right) ?? 0) && originUpTo(seam, places.get(seam.before), left);
  });
}

function originUpTo(seam: Seam, before: number | undefined, left: number): boolean {
  if (before === undefined || before < left) return true;
  const own = seam.right.origin;
  return before === left && own !== null && own.clock <= seam.origin.clock;
}

/** The places of all items the seams name, each in its list: every list is walked once. */
function number(seams: readonly Seam[]): ReadonlyMap<Y.Item | undefined, number> {
  const wanted = new Set(seams.flatMap((seam) => [seam.left, seam.right, seam.before]));
  const places = new Map<Y.Item | undefined, number>();
  for (const { right } of seams) {
    if (places.has(right)) continue;
    let place = 0;
    for (let at: Y.Item | null = right; at !== null; at = at.left, place--)
      if (wanted.has(at)) places.set(at, place);
    place = 1;
    for (let at = right.right; at !== null; at = at.right, place++)
      if (wanted.has(at)) places.set(at, place);
  }
  return places;
}

function sameList(a: List | undefined, b: List): boolean {
  return a !== undefined && a.parent === b.parent && a.key === b.key;
}

function sameId(a: Id | null, b: Id | null): boolean {
  if (a === null || b === null) return a === b;
  return a.client === b.client && a.clock === b.clock;
}

function before({ client, clock }: Id): Id {
  return { client, clock: clock - 1 };
}
