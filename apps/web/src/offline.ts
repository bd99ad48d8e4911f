import type { Room } from '@grapevine/room';
import { trustedScript } from './trusted-script.ts';

/** Lets the app start without network. Where there is no service worker (plain http) it simply does not. */
export function startOffline(): void {
  // Typed as always there; missing on an insecure origin.
  const container: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  if (container === undefined || !import.meta.env.PROD) return;
  // Refused in private windows and by settings: the app works without it.
  container.register(trustedScript('service'), { updateViaCache: 'none' }).catch(() => undefined);
}

/**
 * Asks the browser to keep our storage, once something has been written here: looking around needs nothing kept. Ends when `signal` aborts.
 */
export async function persistAfterFirstWrite(room: Room, signal: AbortSignal): Promise<void> {
  const storage: StorageManager | undefined = navigator.storage;
  if (storage === undefined) return;
  for await (const event of room.watch('', { signal })) {
    if (!event.local) continue;
    await storage.persist();
    return;
  }
}
