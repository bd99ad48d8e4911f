export { createTabsPresence } from './presence.ts';
export type { TabsPresence, TabsPresenceOptions } from './presence.ts';
export { createTabsTransport } from './transport.ts';
export type { TabsTransportOptions } from './transport.ts';
export type { Locks } from './lock.ts';
