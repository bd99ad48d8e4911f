import type { Plugin } from 'vite';

/** What the crypto fallback consists of, which most browsers never load. */
const fallback = /\/replica\/src\/crypto\/noble\.ts$|\/@noble\/(?:curves|ciphers)\//;
const hashes = /\/@noble\/hashes\/[^?]*$/;
/** Tells the modules of the second copy from those of the first. */
const copy = '?fallback';

/**
 * Gives the crypto fallback a copy of `@noble/hashes` of its own. A module is never split: with one
 * copy, the SHA-512 that only the fallback needs would come in the first load beside the SHA-256 that
 * every page needs.
 */
export function lazyHashes(): Plugin {
  let copied = false;
  return {
    name: 'grapevine-lazy-hashes',
    apply: 'build',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (importer === undefined) return null;
      if (!importer.endsWith(copy) && !fallback.test(importer)) return null;
      const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
      if (resolved === null || !hashes.test(resolved.id)) return resolved;
      copied = true;
      return { ...resolved, id: resolved.id + copy };
    },
    buildEnd(error) {
      if (error === undefined && !copied) throw new Error('No import of the fallback was found.');
    },
  };
}
