/** Something a person should know, with at most one thing to do about it. */
export interface Notice {
  text: string;
  action?: { label: string; run: () => void };
}

/** What an entry is addressed by. */
export interface Address {
  namespace: string;
  key: string;
}

export type View =
  | 'memory'
  | 'members'
  | 'share'
  | 'note'
  | 'transfer'
  | 'settings'
  | 'about'
  | 'rooms'
  | 'more';

export type Theme = 'auto' | 'light' | 'dark';

declare global {
  interface HTMLElementEventMap {
    'grapevine-notice': CustomEvent<Notice>;
    'grapevine-view-chosen': CustomEvent<View>;
    'grapevine-entry-opened': CustomEvent<Address>;
    'grapevine-entry-closed': CustomEvent<undefined>;
    'grapevine-edit-ended': CustomEvent<undefined>;
    'grapevine-namespace-chosen': CustomEvent<string>;
    'grapevine-theme-chosen': CustomEvent<Theme>;
  }
}

type PanelEvent = Extract<keyof HTMLElementEventMap, `grapevine-${string}`>;

/** Sends an event up through every shadow root. */
export function send<E extends PanelEvent>(
  from: EventTarget,
  type: E,
  detail: HTMLElementEventMap[E]['detail'],
): void {
  from.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
}

/** The sentence of an error for a person, with what to do where it says so. */
export function errorWords(error: unknown): string {
  if (!(error instanceof Error)) return 'Something went wrong.';
  const action = 'action' in error && typeof error.action === 'string' ? ` ${error.action}` : '';
  return `${error.message}${action}`;
}

export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
