import { safeUrl } from './safe-url.ts';

/** Addresses taken from a server's answer; a machine has a handful of interfaces. A guess. */
const mostAddresses = 8;

/** Whether other devices cannot reach an address because it names this very computer. */
export function onlyHere(link: string): boolean {
  try {
    const host = new URL(link).hostname;
    return (
      host === 'localhost' ||
      host.endsWith('.localhost') ||
      host === '[::1]' ||
      host.startsWith('127.')
    );
  } catch {
    return false;
  }
}

/** The same room as served at another address: path and fragment stay. Undefined where the address is none. */
export function linkAt(address: string, link: string): string | undefined {
  const base = safeUrl(address);
  if (base === undefined || !URL.canParse(link)) return undefined;
  const { pathname, hash } = new URL(link);
  const moved = new URL(base);
  moved.pathname = pathname;
  moved.search = '';
  moved.hash = hash;
  return moved.href;
}

/**
 * The LAN addresses in what `/config.json` answered: `{ "lan": ["http://192.168.1.5:8787", …] }`. Anything else is none.
 */
export function lanAddresses(config: unknown): string[] {
  if (typeof config !== 'object' || config === null || !('lan' in config)) return [];
  if (!Array.isArray(config.lan)) return [];
  const urls = config.lan
    .slice(0, mostAddresses)
    .map((address: unknown) => (typeof address === 'string' ? safeUrl(address) : undefined));
  return urls.filter((url) => url !== undefined);
}
