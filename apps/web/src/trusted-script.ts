// oxlint-disable-next-line import/default -- Vite gives this import the address of the built worker.
import searchWorkerUrl from './search-worker.ts?worker&url';

/** The built scripts this page may start beside itself: its search worker and its service worker. Nothing else passes. */
const scripts = {
  search: new URL(searchWorkerUrl, document.baseURI).href,
  service: new URL('sw.js', document.baseURI).href,
} as const;

/** The part of the Trusted Types API used here; the DOM library of TypeScript does not have it. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): { createScriptURL: (url: string) => string };
}

function passOwn(url: string): string {
  if (Object.values<string>(scripts).includes(url)) return url;
  throw new TypeError('Only the scripts of this app may be started.');
}

const { trustedTypes } = globalThis as typeof globalThis & { trustedTypes?: TrustedTypes };
const policy = trustedTypes?.createPolicy('grapevine', { createScriptURL: passOwn });

/**
 * The address of one of our scripts, as the browser wants it: under Trusted Types an object that stands for the string, and is
 * accepted wherever the string is.
 */
export function trustedScript(name: keyof typeof scripts): string {
  return policy?.createScriptURL(scripts[name]) ?? scripts[name];
}
