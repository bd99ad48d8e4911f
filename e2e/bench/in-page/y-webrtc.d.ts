/** The package's own types are not where its exports say. */
declare module 'y-webrtc' {
  import type { Awareness } from 'y-protocols/awareness';
  import type { Doc } from 'yjs';

  interface Connection {
    connected: boolean;
  }

  export class WebrtcProvider {
    constructor(room: string, doc: Doc, options: { signaling: string[] });
    readonly awareness: Awareness;
    readonly room: { peerId: string; webrtcConns: Map<string, Connection> } | null;
    on(event: 'peers', listener: (change: { added: string[]; removed: string[] }) => void): void;
  }
}
