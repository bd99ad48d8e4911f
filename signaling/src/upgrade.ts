/** Decides whether a request may become a signaling socket, before anything is spent on it. */
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Config } from './config.ts';
import { pathOf } from './pages.ts';
import type { RefusalCode } from './refusal.ts';

export const signalPath = '/signal';

export type Verdict =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly status: string; readonly code?: RefusalCode };

export function judgeUpgrade(request: IncomingMessage, config: Config, sockets: number): Verdict {
  if (pathOf(request) !== signalPath) return { admitted: false, status: '404 Not Found' };
  if (!isOriginAllowed(request, config.allowedOrigins)) {
    return { admitted: false, status: '403 Forbidden', code: 'origin' };
  }
  if (sockets >= config.maxSockets) {
    return { admitted: false, status: '503 Service Unavailable', code: 'server-full' };
  }
  return { admitted: true };
}

/**
 * A browser always names the page's origin: it must be our own or a listed one. Programs name
 * none, and could claim any, so nothing is gained by refusing them.
 */
function isOriginAllowed(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || allowed.includes(origin)) return true;
  if (!URL.canParse(origin) || host === undefined) return false;
  const url = new URL(origin);
  // Compared as URLs, so that a default port written out on one side makes no difference.
  return (
    URL.canParse(`${url.protocol}//${host}`) &&
    new URL(`${url.protocol}//${host}`).host === url.host
  );
}

export function rejectUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

const clientErrors: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/**
 * Answers what is no request. A browser opens connections to spare; one that was never written to
 * ends without a word: a 408 would be taken for the answer to the request just about to use it.
 */
export function refuseClient(error: NodeJS.ErrnoException, socket: Duplex): void {
  const timeout = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const spare = timeout && socket instanceof Socket && socket.bytesRead === 0;
  if (spare || !socket.writable) socket.destroy();
  else rejectUpgrade(socket, clientErrors[error.code ?? ''] ?? '400 Bad Request');
}
