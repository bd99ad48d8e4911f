/** Real servers and real sockets on loopback, closed when the test is over. */
import { onTestFinished } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import type { Config } from '../config.ts';
import type { ServerFrame } from '../protocol.ts';
import { createServer, type SignalingServer } from '../server.ts';

export const topicA = 'A'.repeat(43);
export const topicB = 'B'.repeat(43);

/** A member id that tells tests apart: `member(7)`. */
export function member(number: number): string {
  return number.toString(16).padStart(32, '0');
}

export interface Served {
  readonly server: SignalingServer;
  readonly port: number;
  readonly origin: string;
  readonly open: (options?: ClientOptions) => Promise<Client>;
  /** A client that is already a member of the topic. */
  readonly joined: (topic: string, id: string, options?: ClientOptions) => Promise<Client>;
  readonly health: () => Promise<Health>;
}

export interface Health {
  readonly status: string;
  readonly uptimeSeconds: number;
  readonly sockets: number;
  readonly topics: number;
  readonly refused: Readonly<Record<string, number>>;
}

export async function serve(options: Partial<Config> = {}): Promise<Served> {
  const server = createServer({ host: '127.0.0.1', port: 0, ...options });
  onTestFinished(() => server.close());
  const { port } = await server.listen();
  const origin = `http://127.0.0.1:${port}`;
  const open = (clientOptions?: ClientOptions): Promise<Client> => Client.open(port, clientOptions);
  return {
    server,
    port,
    origin,
    open,
    async joined(topic, id, clientOptions) {
      const client = await open(clientOptions);
      client.send({ type: 'join', topic, member: id });
      await client.next('welcome');
      return client;
    },
    async health() {
      const response = await fetch(`${origin}/health`);
      return (await response.json()) as Health;
    },
  };
}

/** What a proxy of ours would add, so that a client on loopback counts for another address. */
export function from(address: string): ClientOptions {
  return { headers: { 'X-Forwarded-For': address } };
}

export class Client {
  readonly socket: WebSocket;
  /** Resolves when the socket has closed, however that came about. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #frames: ServerFrame[] = [];
  #wake: (() => void) | undefined;
  #over = false;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.#frames.push(JSON.parse(data.toString()) as ServerFrame);
      this.#wake?.();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#over = true;
        this.#wake?.();
        resolve({ code, reason: reason.toString() });
      });
    });
    socket.on('error', () => undefined);
  }

  /** Rejects with the handshake's error, such as `Unexpected server response: 403`. */
  static async open(port: number, options: ClientOptions = {}): Promise<Client> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/signal`, options);
    const client = new Client(socket);
    onTestFinished(() => socket.terminate());
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The next frame; a socket that closes first is a failure. */
  async frame(): Promise<ServerFrame> {
    while (this.#frames.length === 0 && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const frame = this.#frames.shift();
    if (frame === undefined) throw new Error('the socket closed before the next frame');
    return frame;
  }

  /** The next frame, which must be of this type. */
  async next<Type extends ServerFrame['type']>(
    type: Type,
  ): Promise<Extract<ServerFrame, { type: Type }>> {
    const frame = await this.frame();
    if (frame.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(frame)}`);
    return frame as Extract<ServerFrame, { type: Type }>;
  }

  /** Members named in answer to a `sample`; proves that all sent before has been handled. */
  async sample(): Promise<readonly string[]> {
    this.send({ type: 'sample' });
    return (await this.next('members')).members;
  }
}
