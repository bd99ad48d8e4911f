import type { Plugin } from 'vite';

/**
 * Chromium (150) does not fetch a module again that it failed to fetch once, but the same file under
 * another address: kept, so that there is one copy of the module. Its error ends with the address; what
 * failed for another reason names none.
 */
const helper = `const again = {};
export const __vitePreload = (load) => load().catch((error) => {
  const url = /http\\S+\\.js$/.exec(error.message);
  if (!url) throw error;
  return (again[url] ??= import(/* @vite-ignore */ url + '?' + Date.now()).catch((error) => {
    delete again[url];
    throw error;
  }));
});`;

/**
 * Makes Vite's wrapper of `import()` nothing more than that, and one that can be tried again. Vite's own loads
 * the style sheets of a chunk first, of which this app has none, and no option leaves it away.
 */
export function plainImports(): Plugin {
  return {
    name: 'grapevine-plain-imports',
    apply: 'build',
    enforce: 'pre',
    load: {
      filter: { id: /vite\/preload-helper/ },
      handler: () => helper,
    },
  };
}
