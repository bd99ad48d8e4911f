import { memoryLimits } from './memory-limits.ts';
import { badCursor, decodeCursor, encodeCursor, pageLimit } from './page-options.ts';
import { detachedBytes } from './presenter.ts';
import { PageOfEntries, type Queries } from './queries.ts';
import type { SearchIndex } from './search.ts';
import type { Page, SearchHit } from './types.ts';
import type { EntryNode } from './version.ts';
import type { View } from './view.ts';

export interface SearchWish {
  query: string;
  namespaces: readonly string[] | undefined;
  limit?: number;
  cursor?: string;
}

/**
 * One page of what an index finds. Namespaces and option names are checked already.
 * @param open gives the index with everything in it
 * @throws GrapevineError `limit-invalid`, `cursor-invalid`
 */
export async function searchPage(
  view: View,
  queries: Queries,
  open: () => Promise<SearchIndex>,
  wish: SearchWish,
): Promise<Page<SearchHit>> {
  const limit = pageLimit(wish.limit, memoryLimits.searchDefault);
  const from = wish.cursor === undefined ? 0 : Number(decodeCursor('search', wish.cursor));
  if (!Number.isSafeInteger(from) || from < 0) throw badCursor();
  const index = await open();
  const wanted = Math.min(from + limit + 1, memoryLimits.searchDepth);
  const text = wish.query.slice(0, memoryLimits.queryCharacters);
  const found = await index.query(text, { namespaces: wish.namespaces, limit: wanted });
  const page = new PageOfEntries(limit);
  const hits = new Map<EntryNode, { score: number; match: string[] }>();
  let read = 0;
  for (const { id, score, match } of found.slice(from)) {
    const node = view.entryById(id);
    if (node && queries.isVisible(node)) {
      if (!page.add(node, detachedBytes(view.state(node).parts))) break;
      hits.set(node, { score, match });
    }
    read += 1;
  }
  const items = (await queries.entries(page.nodes)).map((entry, i) => {
    const node = page.nodes[i] as EntryNode;
    return { ...entry, ...(hits.get(node) ?? { score: 0, match: [] }) };
  });
  const cursor = page.isFull ? encodeCursor('search', String(from + read)) : undefined;
  return { items, cursor };
}
