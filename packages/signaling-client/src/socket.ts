/** What is used of a WebSocket: the browser's, and that of `ws` in Node. */
export interface SocketLike {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { code: number; reason: string }) => void,
  ): void;
}

/** Throws where the address is not one, or not allowed from this page. */
export type SocketConstructor = new (url: string) => SocketLike;
