/** What the server that served the page says about itself (`/config.json`). */
export interface ServerConfig {
  signaling: string;
  iceServers: RTCIceServer[];
}

/** Where signaling is unless `/config.json` says otherwise: the page's own origin. */
function defaultSignaling(origin: string): string {
  return `${origin.replace(/^http/, 'ws')}/signal`;
}

/** Total: whatever is missing or malformed takes the default, so a plain static host works too. */
export function readServerConfig(json: unknown, origin: string): ServerConfig {
  const config: ServerConfig = { signaling: defaultSignaling(origin), iceServers: [] };
  if (typeof json !== 'object' || json === null) return config;
  const { signaling, iceServers } = json as { signaling?: unknown; iceServers?: unknown };
  if (typeof signaling === 'string' && /^wss?:\/\//.test(signaling)) config.signaling = signaling;
  if (Array.isArray(iceServers)) config.iceServers = iceServers.filter(isIceServer);
  return config;
}

/** Longer than any answer of a few bytes takes. Source: guess. */
const answerMs = 5_000;

/**
 * Asks once; the promise never rejects. Without an answer (offline, static host) the defaults hold, and the next call asks again: a page may start
 * offline.
 */
export function createServerConfig(origin: string): () => Promise<ServerConfig> {
  let asked: Promise<ServerConfig> | undefined;
  const ask = async (): Promise<ServerConfig> => {
    try {
      const signal = AbortSignal.timeout(answerMs);
      const response = await fetch(`${origin}/config.json`, { cache: 'no-store', signal });
      return readServerConfig(response.ok ? await response.json() : undefined, origin);
    } catch {
      asked = undefined;
      return readServerConfig(undefined, origin);
    }
  };
  return () => (asked ??= ask());
}

function isIceServer(value: unknown): value is RTCIceServer {
  if (typeof value !== 'object' || value === null) return false;
  const { urls } = value as { urls?: unknown };
  return (
    typeof urls === 'string' || (Array.isArray(urls) && urls.every((u) => typeof u === 'string'))
  );
}
