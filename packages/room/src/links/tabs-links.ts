export { createTabsTransport } from '@grapevine/transport-tabs';
