/**
 * Starts the app without network. The invariant: a page and everything it loads come from one build. A page is only ever
 * answered whole, from the network or from a cache that holds all files of its build; the files have a hash in their names, so
 * files of different builds never stand for each other.
 */

/** Of the service worker's globals, what is used here: the DOM library describes windows. */
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface ServiceWorkerScope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
}
declare const self: ServiceWorkerScope;

/** Put in by the build: a name of the build, the SHA-256 of index.html in hex, and all other files. */
declare const __PRECACHE__: { version: string; indexHash: string; files: string[] };

const { version, indexHash, files } = __PRECACHE__;
const prefix = 'grapevine app ';
const cacheName = `${prefix}${version}`;
const page = new URL('./', self.location.href).href;
const ours = new Set(files.map((file) => new URL(file, page).href));
/** Milliseconds to wait for a page from a network that is there but does not answer. A guess. */
const networkMs = 3_000;

self.addEventListener('install', (event) => {
  event.waitUntil(install());
});
self.addEventListener('activate', (event) => {
  event.waitUntil(activate());
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const url = new URL(request.url);
  url.hash = '';
  url.search = '';
  if (request.mode === 'navigate') {
    if (url.href === page || url.href === `${page}index.html`) event.respondWith(openPage(request));
  } else if (ours.has(request.url) || request.url.startsWith(`${page}assets/`)) {
    event.respondWith(openFile(request));
  }
});

/** All or nothing: where one file is missing or the page is of another build, the worker before this one stays. */
async function install(): Promise<void> {
  const index = await fetch(page, { cache: 'no-store' });
  const digest = await crypto.subtle.digest('SHA-256', await index.clone().arrayBuffer());
  const hash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0'));
  if (!index.ok || hash.join('') !== indexHash) throw new Error('The page is of another build.');
  const cache = await caches.open(cacheName);
  await cache.addAll(files.map((file) => new URL(file, page).href));
  await cache.put(page, index);
  await self.skipWaiting();
}

/** Keeps the build before this one too: its open pages may still want parts of it. */
async function activate(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(prefix));
  const others = names.filter((name) => name !== cacheName);
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The newest page there is: the network's, else ours. */
async function openPage(request: Request): Promise<Response> {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(networkMs) });
    if (response.ok) return response;
  } catch {
    // No network, or none that answers.
  }
  const cache = await caches.open(cacheName);
  return (await cache.match(page)) ?? Response.error();
}

async function openFile(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}
