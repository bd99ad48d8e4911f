import * as Y from 'yjs';

/** A document that is filled from the log only. */
export function emptyDoc(): Y.Doc {
  const doc = new Y.Doc();
  keepExact(doc);
  return doc;
}

/**
 * Stops Yjs from deleting formatting marks that look superfluous after remote updates. Stock Yjs sends these deletions on; they are not ours to
 * author, and a replica that made them alone would show other formatting than the rest as soon as one of the remaining marks goes. Also has it
 * collect content only.
 */
export function keepExact(doc: Y.Doc): void {
  doc.gcFilter = keepsShape;
  doc.on('afterTransaction', (transaction) => {
    if (!transaction.local) transaction._needFormattingCleanup = false;
  });
}

/**
 * Whether `item` may be collected once deleted. Its content goes and its place stays; with a shared type Yjs would drop the places of all within,
 * and what a late update says about them could no longer be checked (PROTOCOL.md Y6).
 */
export function keepsShape(item: Y.Item): boolean {
  return !(item.content instanceof Y.ContentType);
}

/**
 * Replaces all of `doc` by what `from` holds: observers see everything deleted, then everything inserted. Root types stay the objects they are.
 * @param onWiping told before and after the deletion, which is no change of the log's
 */
export function refill(
  doc: Y.Doc,
  from: Y.Doc,
  origin: unknown,
  onWiping: (wiping: boolean) => void,
): void {
  onWiping(true);
  try {
    Y.transact(doc, (transaction) => wipe(doc, transaction), origin, false);
  } finally {
    onWiping(false);
    // Yjs forgets nothing, so the structs are dropped under it, at a moment when no transaction refers to them.
    doc.store = new Y.Doc().store;
    for (const type of doc.share.values()) {
      type._start = null;
      type._map = new Map();
      type._length = 0;
      type._searchMarker = type._searchMarker === null ? null : [];
    }
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(from), origin);
  }
}

function wipe(doc: Y.Doc, transaction: Y.Transaction): void {
  for (const type of doc.share.values()) {
    for (const item of type._map.values()) item.delete(transaction);
    for (let item = type._start; item !== null; item = item.right) item.delete(transaction);
  }
}
