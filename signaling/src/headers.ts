/**
 * The headers of every answer. The policy lets a page run this server's own scripts and talk to
 * its signaling server, and nothing else; markup can only come from lit's templates.
 */
import type { IncomingMessage } from 'node:http';
import type { Config } from './config.ts';

const fixed = {
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), ' +
    'gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()',
};

export function securityHeaders(
  request: IncomingMessage,
  { signalingUrl, lanHosts }: Pick<Config, 'signalingUrl' | 'lanHosts'>,
): Record<string, string> {
  const { host } = request.headers;
  return {
    ...fixed,
    // Under a plain http address browsers ignore it and report an error on every page.
    ...(!lanHosts.includes(nameOf(host)) && { 'Cross-Origin-Opener-Policy': 'same-origin' }),
    'Content-Security-Policy': contentSecurityPolicy(host, signalingUrl),
  };
}

/** A host without its port and the brackets of IPv6. */
function nameOf(host = ''): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

export function contentSecurityPolicy(
  host: string | undefined,
  signalingUrl: string | null,
): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src ${["'self'", ...signalingSources(host, signalingUrl)].join(' ')}`,
    "img-src 'self' data: blob:",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types lit-html grapevine',
  ].join('; ');
}

/** Browsers disagree on whether 'self' covers a WebSocket to the same host, so it is spelt out. */
function signalingSources(host: string | undefined, signalingUrl: string | null): string[] {
  if (signalingUrl !== null) {
    const { protocol, host: signalingHost } = new URL(signalingUrl);
    return [`${protocol}//${signalingHost}`];
  }
  // The host comes from the request: it must not be able to add words to the policy.
  if (host === undefined || !/^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(host)) return [];
  return [`ws://${host}`, `wss://${host}`];
}
