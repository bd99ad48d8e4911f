import { GrapevineError } from '@grapevine/wire';
import { memoryLimits } from './memory-limits.ts';
import type {
  SearchDocument,
  SearchIndex,
  SearchQueryOptions,
  SearchResultItem,
} from './search.ts';

/** What a Worker, its global scope and a MessagePort have in common. */
export interface SearchPort {
  postMessage(message: unknown): void;
  addEventListener(
    type: 'message' | 'error',
    listener: (event: { data?: unknown; message?: unknown }) => void,
  ): void;
  /** A MessagePort delivers nothing before it. */
  start?(): void;
  /** A Worker has it. */
  terminate?(): void;
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Answers the requests of `connectSearchIndex` that arrive on a port; in a worker the port is its
 * global scope. Whatever is no request is dropped.
 */
export function serveSearchIndex(port: SearchPort, index: SearchIndex): void {
  port.addEventListener('message', ({ data }) => {
    if (!isFields(data) || typeof data['id'] !== 'number') return;
    const { id } = data;
    answer(index, data).then(
      (result) => port.postMessage({ id, result }),
      (error: unknown) => port.postMessage({ id, error: String(error) }),
    );
  });
  port.start?.();
}

async function answer(index: SearchIndex, request: Fields): Promise<unknown> {
  const { call, documents, ids, text, options } = request;
  if (call === 'replace' && Array.isArray(documents) && documents.every(isDocument)) {
    return index.replace(documents);
  }
  if (call === 'remove' && isTexts(ids)) return index.remove(ids);
  if (call === 'query' && typeof text === 'string' && isQueryOptions(options)) {
    return index.query(text, options);
  }
  throw new TypeError('not a request');
}

/** An index that `serveSearchIndex` answers for on the other side of a port, usually a Worker. */
export function connectSearchIndex(port: SearchPort): SearchIndex {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let ended: GrapevineError | undefined;
  const end = (why: string): void => {
    ended ??= failure(why);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  port.addEventListener('message', ({ data }) => {
    if (!isFields(data) || typeof data['id'] !== 'number') return;
    const caller = waiting.get(data['id']);
    waiting.delete(data['id']);
    if (typeof data['error'] === 'string') caller?.reject(failure(data['error']));
    else caller?.resolve(data['result']);
  });
  port.addEventListener('error', () => end('its worker failed'));
  port.start?.();
  const ask = (request: Fields): Promise<unknown> => {
    if (ended) return Promise.reject(ended);
    if (waiting.size >= memoryLimits.searchRequests) {
      return Promise.reject(failure('too many requests wait'));
    }
    const id = ++last;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      port.postMessage({ id, ...request });
    });
  };
  return {
    replace: async (documents) => void (await ask({ call: 'replace', documents })),
    remove: async (ids) => void (await ask({ call: 'remove', ids })),
    query: async (text, options) => readItems(await ask({ call: 'query', text, options })),
    close: () => {
      end('it was closed');
      port.terminate?.();
    },
  };
}

function failure(why: string): GrapevineError {
  return new GrapevineError('search-failed', `Search did not answer: ${why}.`, 'Reload the page.');
}

function readItems(result: unknown): SearchResultItem[] {
  if (Array.isArray(result) && result.every(isItem)) return result;
  throw failure('its answer makes no sense');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isItem(value: unknown): value is SearchResultItem {
  if (!isFields(value)) return false;
  const { id, score, match } = value;
  return typeof id === 'string' && typeof score === 'number' && isTexts(match);
}

function isDocument(value: unknown): value is SearchDocument {
  if (!isFields(value)) return false;
  const { id, namespace, key, text, tags, author } = value;
  return isTexts([id, namespace, key, text, author]) && isTexts(tags);
}

function isQueryOptions(value: unknown): value is SearchQueryOptions {
  if (!isFields(value)) return false;
  const { namespaces, limit } = value;
  return (namespaces === undefined || isTexts(namespaces)) && Number.isInteger(limit);
}
