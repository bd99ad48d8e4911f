/** Reads single environment variables. An empty variable counts as an absent one. */
/** A setting that cannot be used. Its message is meant for the person who starts the server. */
export class ConfigError extends Error {}

/** What a browser's RTCPeerConnection takes; the server only passes it on. */
export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function readNumber(
  env: Environment,
  name: string,
  fallback: number,
  min: number,
  max: number,
): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= min && value <= max) return value;
  throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
}

export function readList(env: Environment, name: string, item: RegExp): string[] {
  const items = (env[name] ?? '').split(',').map((part) => part.trim());
  const present = items.filter((part) => part !== '');
  const wrong = present.find((part) => !item.test(part));
  if (wrong === undefined) return present;
  throw new ConfigError(`${name} is a list separated by commas; "${wrong}" does not belong there.`);
}

/** Kept apart from app and page: whatever is named here also enters the page's CSP. */
export function readSignalingUrl(env: Environment): string | null {
  const text = env['SIGNALING_URL'];
  if (text === undefined || text === '') return null;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === 'ws:' || url.protocol === 'wss:')) return url.href;
  throw new ConfigError(`SIGNALING_URL must be a ws: or wss: address, not "${text}".`);
}

export function readIceServers(env: Environment): IceServer[] {
  const text = env['ICE_SERVERS'];
  if (text === undefined || text === '') return [];
  const parsed = parseJson(text);
  if (Array.isArray(parsed) && parsed.every(isIceServer)) return parsed;
  throw new ConfigError(
    'ICE_SERVERS must be a JSON list such as ' +
      `'[{"urls":"turn:turn.example.org:3478","username":"u","credential":"c"}]', with stun:, ` +
      'stuns:, turn: or turns: addresses.',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isIceServer(value: unknown): value is IceServer {
  if (typeof value !== 'object' || value === null || !('urls' in value)) return false;
  const urls: unknown[] = Array.isArray(value.urls) ? value.urls : [value.urls];
  return (
    urls.length > 0 &&
    urls.every((url) => typeof url === 'string' && /^(stuns?|turns?):\S+$/.test(url)) &&
    (!('username' in value) || typeof value.username === 'string') &&
    (!('credential' in value) || typeof value.credential === 'string')
  );
}
