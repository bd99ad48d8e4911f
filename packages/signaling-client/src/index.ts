export { createSignaling } from './client.ts';
export type { SignalingClient, SignalingOptions } from './client.ts';
export type { SocketConstructor, SocketLike } from './socket.ts';
