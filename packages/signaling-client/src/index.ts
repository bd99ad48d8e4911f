export { createLateSignaling as createSignaling } from './late.ts';
export type { SignalingClient, SignalingOptions } from './client.ts';
export type { SocketConstructor, SocketLike } from './socket.ts';
