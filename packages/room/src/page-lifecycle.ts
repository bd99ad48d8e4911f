interface LifecycleEvents {
  /** The page may never run again: say goodbye and close everything. */
  onHide(): void;
  /** It came back from the back/forward cache. */
  onShow(): void;
  onHidden(hidden: boolean): void;
  /** The browser is about to stop our timers. */
  onFreeze(): void;
  onOnline(): void;
}

/**
 * Page life as measured in Chromium: only `pagehide` is both reliable and final; closing connections there is what lets the page into the back/forward cache.
 * Without a page (Node) nothing ever happens. A page that is hidden already says so at once. Returns the function that stops listening.
 */
export function watchPage(events: LifecycleEvents): () => void {
  if (typeof window === 'undefined') return () => undefined;
  const controller = new AbortController();
  const { signal } = controller;
  window.addEventListener('pagehide', () => events.onHide(), { signal });
  window.addEventListener('pageshow', (e) => e.persisted && events.onShow(), { signal });
  window.addEventListener('online', () => events.onOnline(), { signal });
  document.addEventListener('freeze', () => events.onFreeze(), { signal });
  document.addEventListener('resume', () => events.onOnline(), { signal });
  document.addEventListener(
    'visibilitychange',
    () => events.onHidden(document.visibilityState === 'hidden'),
    { signal },
  );
  if (document.visibilityState === 'hidden') events.onHidden(true);
  return () => controller.abort();
}
