import { connectSearchIndex } from '@grapevine/memory';
import type { SearchIndex } from '@grapevine/memory';
import { trustedScript } from './trusted-script.ts';

/** The index of the open room, in a worker of its own. */
export function searchInWorker(): SearchIndex {
  return connectSearchIndex(new Worker(trustedScript('search'), { type: 'module' }));
}
