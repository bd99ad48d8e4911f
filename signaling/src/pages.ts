/** Answers plain HTTP: the health report, the app's configuration, and the files of the app. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Config } from './config.ts';
import { securityHeaders } from './headers.ts';
import type { Asset, Site } from './site.ts';

export interface Reports {
  readonly config: Config;
  readonly site: Site;
  readonly health: () => object;
  readonly appConfig: () => object;
}

export function pages({ config, site, health, appConfig }: Reports): RequestListener {
  return (request, response) => {
    for (const [name, value] of Object.entries(securityHeaders(request, config))) {
      response.setHeader(name, value);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      // No path takes a body, so the rest of the request is not worth reading.
      response.setHeader('Connection', 'close');
      return sendText(response, 405, 'Method not allowed');
    }
    const path = pathOf(request);
    if (path === '/health') return sendJson(response, health());
    if (path === '/config.json') return sendJson(response, appConfig());
    const asset = path === undefined ? undefined : site.get(path);
    if (asset === undefined) return sendText(response, 404, 'Not found');
    sendAsset(request, response, asset);
  };
}

/** The decoded path without its query; undefined when it cannot be decoded. */
export function pathOf(request: IncomingMessage): string | undefined {
  try {
    return decodeURIComponent((request.url ?? '/').replace(/[?#].*$/s, ''));
  } catch {
    return undefined;
  }
}

function sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset): void {
  response.setHeader('ETag', asset.etag);
  response.setHeader('Cache-Control', asset.cacheControl);
  response.setHeader('Vary', 'Accept-Encoding');
  if (request.headers['if-none-match'] === asset.etag) {
    response.writeHead(304).end();
    return;
  }
  const gzip = acceptsGzip(request) ? asset.gzip : undefined;
  if (gzip !== undefined) response.setHeader('Content-Encoding', 'gzip');
  send(response, 200, asset.type, gzip ?? asset.body);
}

function acceptsGzip(request: IncomingMessage): boolean {
  const accepted = String(request.headers['accept-encoding'] ?? '').split(',');
  return accepted.some((coding) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));
}

function sendJson(response: ServerResponse, value: object): void {
  response.setHeader('Cache-Control', 'no-store');
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  send(response, 200, 'application/json; charset=utf-8', body);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.setHeader('Cache-Control', 'no-store');
  send(response, status, 'text/plain; charset=utf-8', Buffer.from(`${text}\n`));
}

/** Node leaves the body out by itself when the request is a HEAD. */
function send(response: ServerResponse, status: number, type: string, body: Buffer): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length }).end(body);
}
