import type { Plugin } from 'vite';

/**
 * Makes Vite's wrapper of `import()` nothing more than that. The wrapper loads the style sheets of a
 * chunk first, of which this app has none, and no option leaves it away.
 */
export function plainImports(): Plugin {
  return {
    name: 'grapevine-plain-imports',
    apply: 'build',
    enforce: 'pre',
    load: {
      filter: { id: /vite\/preload-helper/ },
      handler: () => 'export const __vitePreload = (load) => load();',
    },
  };
}
