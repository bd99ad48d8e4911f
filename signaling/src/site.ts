/**
 * The built web app, read into memory at start. A request is looked up in a Map and never becomes
 * a file path, so there is nothing to traverse.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ConfigError } from './config.ts';

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
  /** Absent where compression does not pay. */
  readonly gzip?: Buffer;
  readonly etag: string;
  readonly cacheControl: string;
}

/** By URL path, decoded; `/` is index.html. */
export type Site = ReadonlyMap<string, Asset>;

const siteBytesMax = 64 * 1024 * 1024;

const types = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.ico', 'image/x-icon'],
  ['.jpg', 'image/jpeg'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.map', 'application/json; charset=utf-8'],
  ['.mjs', 'text/javascript; charset=utf-8'],
  ['.png', 'image/png'],
  ['.svg', 'image/svg+xml'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.wasm', 'application/wasm'],
  ['.webmanifest', 'application/manifest+json; charset=utf-8'],
  ['.webp', 'image/webp'],
  ['.woff2', 'font/woff2'],
]);

export function loadSite(folder: string | null): Site {
  const site = new Map<string, Asset>();
  if (folder === null) return site;
  let bytes = 0;
  for (const file of filesOf(folder)) {
    const path = `/${relative(folder, file).split(sep).join('/')}`;
    const asset = loadAsset(file, path);
    bytes += asset.body.length;
    if (bytes > siteBytesMax) throw new ConfigError(`${folder} is larger than a web app can be.`);
    site.set(path, asset);
  }
  const index = site.get('/index.html');
  if (index === undefined) throw new ConfigError(`${folder} holds no index.html; build it first.`);
  return site.set('/', index);
}

function filesOf(folder: string): string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.map((name) => join(folder, name)).filter((file) => statSync(file).isFile());
  } catch {
    throw new ConfigError(`The folder of the web app cannot be read: ${folder}`);
  }
}

function loadAsset(file: string, path: string): Asset {
  const body = readFileSync(file);
  const gzip = gzipSync(body, { level: 9 });
  return {
    type: types.get(extname(file)) ?? 'application/octet-stream',
    body,
    ...(gzip.length < body.length * 0.9 && { gzip }),
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    // The bundler puts a hash into these names; everything else must be asked for again.
    cacheControl: path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
}
