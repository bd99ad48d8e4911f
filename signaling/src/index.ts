export { ConfigError, defaults, readConfig, type Config, type IceServer } from './config.ts';
export { createServer, type SignalingServer } from './server.ts';
export type { ClientFrame, ServerFrame } from './protocol.ts';
export type { RefusalCode } from './refusal.ts';
