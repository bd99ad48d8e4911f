import { WebrtcProvider } from 'y-webrtc';
import { Doc } from 'yjs';
import { Driver, wallClock, type Counters } from './driver.ts';

/** For so long no link came or went: y-webrtc cannot say whether more are on their way. */
const steadyMs = 2000;

let updates = 0;
/** First bytes of a message that carries a document update: sync, update (y-protocols 1.0.7). */
function countUpdate({ data }: MessageEvent<unknown>): void {
  if (!(data instanceof ArrayBuffer)) return;
  const [message, kind] = new Uint8Array(data);
  if (message === 0 && kind === 2) updates += 1;
}

const listener = Object.getOwnPropertyDescriptor(RTCDataChannel.prototype, 'onmessage');
Object.defineProperty(RTCDataChannel.prototype, 'onmessage', {
  ...listener,
  set(this: RTCDataChannel, onMessage: RTCDataChannel['onmessage']) {
    this.addEventListener('message', countUpdate);
    listener?.set?.call(this, onMessage);
  },
});

/** y-webrtc as its README shows it, every option at its default; a room is `ws://<signaling server>/#<name>`. */
class YWebrtcDriver extends Driver {
  readonly #doc = new Doc();
  readonly #map = this.#doc.getMap<string>('bench');
  #provider: WebrtcProvider | undefined;
  #fresh = 0;
  #steady = { links: 0, since: 0 };

  override ids(): string[] {
    return [this.#provider?.room?.peerId ?? '', String(this.#doc.clientID)];
  }

  override isSettled(members: number): boolean {
    const links = this.#links();
    if (links !== this.#steady.links) this.#steady = { links, since: wallClock() };
    const here = this.#provider?.awareness.getStates().size;
    return here === members && wallClock() - this.#steady.since >= steadyMs;
  }

  override describe(): string {
    const here = this.#provider?.awareness.getStates().size;
    const connections = this.#provider?.room?.webrtcConns.size;
    return `${here} members, ${this.#links()} of ${connections} links connected`;
  }

  protected override open(room: string): Promise<void> {
    const { origin, hash } = new URL(room);
    const provider = new WebrtcProvider(hash.slice(1), this.#doc, { signaling: [origin] });
    this.#provider = provider;
    this.#map.observe(({ keysChanged }, { local }) => {
      if (!local) this.#fresh += keysChanged.size;
      for (const key of keysChanged) this.saw(key);
    });
    provider.on('peers', ({ removed }) => {
      for (const id of removed) this.left(id, 'peer removed');
    });
    // As every editor does: others take no notice of the state a member begins with, until it is renewed after 15 s.
    provider.awareness.setLocalStateField('user', { name: String(this.#doc.clientID) });
    provider.awareness.on('change', ({ removed }: { removed: number[] }) => {
      for (const id of removed) this.left(String(id), 'awareness removed');
    });
    return Promise.resolve();
  }

  protected override write(key: string, value: string): void {
    this.#map.set(key, value);
  }

  protected override count(): Omit<Counters, 'sent' | 'at'> {
    return { copies: updates, fresh: this.#fresh, repairBytes: 0 };
  }

  #links(): number {
    const connections = [...(this.#provider?.room?.webrtcConns.values() ?? [])];
    return connections.filter(({ connected }) => connected).length;
  }
}

globalThis.bench = new YWebrtcDriver();
