export { createWebRtcTransport } from './transport.ts';
export type { WebRtcTransportOptions } from './transport.ts';
