import type { SocketLike } from '../socket.ts';

interface Listeners {
  open: (() => void)[];
  error: (() => void)[];
  message: ((event: { data: unknown }) => void)[];
  close: ((event: { code: number; reason: string }) => void)[];
}

/** A socket whose other end is the test. */
export class FakeSocket implements SocketLike {
  readonly url: string;
  readonly sent: string[] = [];
  /** Looked at with every frame sent. */
  onSent: ((frame: string) => void) | undefined;
  closed = false;
  readonly #listeners: Listeners = { open: [], error: [], message: [], close: [] };

  constructor(url: string) {
    this.url = url;
  }

  send(data: string): void {
    if (this.closed) return;
    this.sent.push(data);
    this.onSent?.(data);
  }

  close(): void {
    this.closed = true;
  }

  addEventListener<K extends keyof Listeners>(type: K, listener: Listeners[K][number]): void {
    const listeners: Listeners[K][number][] = this.#listeners[type];
    listeners.push(listener);
  }

  /** The types of the frames sent so far. */
  get sentTypes(): string[] {
    return this.sent.map((frame) => String(frameOf(frame)['type']));
  }

  opens(): void {
    for (const listener of this.#listeners.open) listener();
  }

  receives(data: unknown): void {
    for (const listener of this.#listeners.message) listener({ data });
  }

  /** Receives an object as a JSON frame. */
  says(frame: object): void {
    this.receives(JSON.stringify(frame));
  }

  welcomes(members: readonly string[] = []): void {
    this.opens();
    this.says({ type: 'welcome', members });
  }

  breaks(code = 1006, reason = ''): void {
    this.closed = true;
    for (const listener of this.#listeners.error) listener();
    for (const listener of this.#listeners.close) listener({ code, reason });
  }
}

export function frameOf(text: string): Readonly<Record<string, unknown>> {
  const frame: unknown = JSON.parse(text);
  return typeof frame === 'object' && frame !== null ? { ...frame } : {};
}
