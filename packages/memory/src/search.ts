import MiniSearch, { type SearchResult } from 'minisearch';
import { isBelow } from './names.ts';

/** What is searched of one entry. */
export interface SearchDocument {
  /** Entry id. */
  id: string;
  namespace: string;
  key: string;
  text: string;
  tags: readonly string[];
  author: string;
}

export interface SearchQueryOptions {
  /** Only these and those below them; undefined for all. */
  namespaces: readonly string[] | undefined;
  limit: number;
}

export interface SearchResultItem {
  id: string;
  /** Higher is better; comparable within one answer. */
  score: number;
  /** The words of the entry that were found, in lower case and without accents. */
  match: string[];
}

/** Full-text search over documents that come and go. */
export interface SearchIndex {
  replace(documents: readonly SearchDocument[]): Promise<void>;
  remove(ids: readonly string[]): Promise<void>;
  /** Best first. */
  query(text: string, options: SearchQueryOptions): Promise<SearchResultItem[]>;
  close(): void;
}

/** Makes an index; loading its code may take a while. */
export type CreateIndex = () => SearchIndex | Promise<SearchIndex>;

interface Stored {
  id: string;
  namespace: string;
  key: string;
  text: string;
  tags: string;
  author: string;
}

/**
 * Exact and prefix matching finds this many, or words are matched loosely too. Source: research
 * measurement, 42 against 2.4 ms.
 */
const enoughHits = 3;
/** Edits per character. Source: MiniSearch's documentation. */
const fuzziness = 0.2;
/** Longer words are cut: a radix tree holds each character once. Source: guess. */
const wordCharacters = 64;
/** Scripts that write no spaces between words. */
const unspaced = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}`;
const unspacedScript = new RegExp(`[${unspaced}]`, 'u');
const unspacedRun = new RegExp(`[${unspaced}]+|[^${unspaced}]+`, 'gu');

/** Words of a text; runs of scripts that write no spaces as single characters and pairs. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const word of text.split(/[\s\p{P}\p{S}\p{C}]+/u)) {
    if (word === '') continue;
    if (!unspacedScript.test(word)) words.push(word);
    else for (const run of word.match(unspacedRun) ?? []) words.push(...pairsOf(run));
  }
  return words;
}

/** Case and accents do not count. */
export function normalizeWord(word: string): string {
  const plain = /^[\x20-\x7e]*$/.test(word) ? word : word.normalize('NFKD').replace(/\p{M}/gu, '');
  return plain.toLowerCase().slice(0, wordCharacters);
}

/** The default index: MiniSearch in this thread. */
export class MiniSearchIndex implements SearchIndex {
  readonly #index = new MiniSearch<Stored>({
    fields: ['key', 'tags', 'text', 'author'],
    storeFields: ['namespace'],
    tokenize: wordsOf,
    processTerm: normalizeWord,
    searchOptions: { boost: { key: 3, tags: 2 }, tokenize: queryWordsOf },
  });

  replace(documents: readonly SearchDocument[]): Promise<void> {
    for (const document of documents) {
      const stored = { ...document, tags: document.tags.join(' ') };
      if (this.#index.has(document.id)) this.#index.replace(stored);
      else this.#index.add(stored);
    }
    return Promise.resolve();
  }

  remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) if (this.#index.has(id)) this.#index.discard(id);
    return Promise.resolve();
  }

  query(text: string, { namespaces, limit }: SearchQueryOptions): Promise<SearchResultItem[]> {
    const filter = (result: SearchResult): boolean => {
      const namespace: unknown = result['namespace'];
      if (namespaces === undefined || typeof namespace !== 'string') return true;
      return namespaces.some((prefix) => isBelow(namespace, prefix));
    };
    const close = this.#index.search(text, { prefix: true, combineWith: 'AND', filter });
    if (close.length >= enoughHits) return Promise.resolve(items(close, limit));
    const found = new Set(close.map(({ id }: { id: unknown }) => id));
    const loose = this.#index
      .search(text, { prefix: true, fuzzy: fuzziness, combineWith: 'OR', filter })
      .filter(({ id }: { id: unknown }) => !found.has(id));
    // Loose hits come after close ones, whatever they score.
    const floor = close.at(-1)?.score ?? loose[0]?.score ?? 0;
    const best = loose[0]?.score ?? 1;
    const scaled = loose.map((hit) => ({ ...hit, score: (hit.score / best) * floor }));
    return Promise.resolve(items([...close, ...scaled], limit));
  }

  close(): void {
    this.#index.removeAll();
  }
}

function items(results: readonly SearchResult[], limit: number): SearchResultItem[] {
  return results.slice(0, limit).map((result) => {
    const id: unknown = result.id;
    return { id: String(id), score: result.score, match: result.terms };
  });
}

function pairsOf(run: string): string[] {
  if (!unspacedScript.test(run)) return [run];
  const characters = [...run];
  const pairs = characters.slice(1).map((character, i) => `${characters[i]}${character}`);
  return [...characters, ...pairs];
}

/**
 * A query of several unspaced characters asks for their pairs alone, which say more than each for
 * itself.
 */
function queryWordsOf(text: string): string[] {
  return wordsOf(text).filter((word, i, all) => {
    const isSingle = unspacedScript.test(word) && [...word].length === 1;
    return !isSingle || !all.some((other) => other !== word && other.includes(word));
  });
}
