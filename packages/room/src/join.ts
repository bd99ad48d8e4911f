import {
  createRoomLink,
  deriveRoomKeys,
  loadCrypto,
  openSession,
  parseRoomLink,
  sha256,
  type Crypto,
  type SigningKey,
} from '@grapevine/replica';
import { createSignaling } from '@grapevine/signaling-client';
import { createIndexedDbStorage } from '@grapevine/storage-indexeddb';
import { createTabsTransport } from '@grapevine/transport-tabs';
import { createWebRtcTransport } from '@grapevine/transport-webrtc';
import { friendlyName } from '@grapevine/memory';
import { systemClock, type Storage, type StorageProblem, type Transport } from '@grapevine/ports';
import { systemRandom } from './browser-host.ts';
import { Core } from './core.ts';
import { RoomEmitter } from './emitter.ts';
import { decodeProfile, encodeProfile, type Profile } from './members.ts';
import { createTabsIntroducer } from './links/tabs-introducer.ts';
import { Problems } from './problems.ts';
import { OpenRoom } from './room.ts';
import { fetchServerConfig, type ServerConfig } from './server-config.ts';
import type { JoinOptions, Ports, Room } from './types.ts';

/**
 * Opens a room: loads what this browser holds of it, then looks for others. Resolves as soon as the room is usable, alone or not.
 * @param link a room link, its fragment, or nothing for a new room
 * Rejects with a `GrapevineError` (codes `link-*`); nothing is created then. Storage that fails is a problem in `status()`, not a reason not to open.
 */
export async function joinRoom(link?: string, options: JoinOptions = {}): Promise<Room> {
  const random = options.ports?.random ?? systemRandom;
  const clock = options.ports?.clock ?? systemClock;
  const base = baseOf(link);
  const roomLink = link === undefined ? createRoomLink(random) : parseRoomLink(link);
  const crypto = await loadCrypto();
  const keys = await deriveRoomKeys(roomLink, crypto);
  options.signal?.throwIfAborted();

  const emitter = new RoomEmitter();
  const problems = new Problems(() => emitter.emit('status'));
  let peerConnections = 0;
  const ports: Ports = {
    ...browserPorts({
      ...options,
      base,
      topic: keys.topicText,
      onConstructed: () => peerConnections++,
    }),
    random,
    clock,
    ...options.ports,
  };
  const stored = await ports.storage.open(keys.topicText, storageProblems(problems));
  const authorKey = await loadAuthorKey(ports.storage, crypto);
  const session = await openSession(keys, authorKey, random);
  const profile = await loadProfile(ports.storage, options, friendlyName(session.author));
  const core = new Core({
    keys,
    session,
    crypto,
    ports,
    problems,
    profile,
    intervalMs: options.intervalMs,
    fanout: options.fanout,
    search: options.search,
    onFirstWrite: () => keepAuthorKey(ports.storage, authorKey),
    onChange: (what) => emitter.emit(what),
  });
  const feeds = await core.ledger.restore(stored);
  if (options.signal?.aborted) {
    await ports.storage.close();
    options.signal.throwIfAborted();
  }
  core.driver.handle({ type: 'feeds', feeds });
  core.start();
  const self = { id: session.id, author: session.author, ...profile };
  return new OpenRoom({
    core,
    keys,
    ports,
    problems,
    emitter,
    self,
    base,
    peerConnections: () => peerConnections,
  });
}

/** What stands before the fragment: of the link itself where it is a whole one, else of the page. */
function baseOf(link: string | undefined): string {
  const fragment = link?.indexOf('#') ?? -1;
  if (link !== undefined && fragment > 0) return link.slice(0, fragment);
  return typeof location === 'undefined' ? '' : location.href.replace(/#.*$/s, '');
}

type BrowserPorts = Omit<Ports, 'clock' | 'random'>;

function browserPorts(
  options: JoinOptions & { base: string; topic: string; onConstructed: () => void },
): BrowserPorts {
  const random = options.ports?.random ?? systemRandom;
  const clock = options.ports?.clock ?? systemClock;
  const config = once(() => serverConfig(options.base));
  const transports: Transport[] = [];
  if (typeof RTCPeerConnection !== 'undefined') {
    transports.push(
      createWebRtcTransport({
        hash: sha256,
        clock,
        onConstructed: options.onConstructed,
        iceServers: () => iceServers(options, config),
      }),
    );
  }
  const hasTabs = typeof BroadcastChannel !== 'undefined';
  const channelName = `grapevine ${options.topic}`;
  if (hasTabs) transports.push(createTabsTransport({ channelName, hash: sha256 }));
  const { signaling } = options;
  return {
    transports,
    signaling:
      signaling === false || typeof WebSocket === 'undefined'
        ? undefined
        : createSignaling({
            url: async () => signaling ?? (await config()).signaling,
            random,
            clock,
          }),
    tabs: hasTabs ? createTabsIntroducer(channelName) : undefined,
    storage: createIndexedDbStorage(),
  };
}

async function iceServers(
  { iceServers: given }: JoinOptions,
  config: () => Promise<ServerConfig>,
): Promise<RTCIceServer[]> {
  if (typeof given === 'function') return given();
  return given ?? (await config()).iceServers;
}

function serverConfig(base: string): Promise<ServerConfig> {
  const origin = base === '' ? undefined : new URL(base).origin;
  return origin === undefined || origin === 'null'
    ? Promise.resolve({ signaling: '', iceServers: [] })
    : fetchServerConfig(origin);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function storageProblems(problems: Problems): (problem: StorageProblem | undefined) => void {
  let raised: StorageProblem | undefined;
  return (problem) => {
    if (raised) problems.clear(raised.code);
    raised = problem;
    if (problem) problems.raise(problem);
  };
}

/** One author a profile and room. It is saved with the first write, not before: looking leaves no trace. */
async function loadAuthorKey(storage: Storage, crypto: Crypto): Promise<SigningKey> {
  const stored = await storage.readSetting('author-key');
  const restored = stored === undefined ? undefined : await crypto.restoreKey(stored);
  return restored ?? crypto.generateKey();
}

async function keepAuthorKey(storage: Storage, key: SigningKey): Promise<void> {
  if ((await storage.readSetting('author-key')) !== undefined) return;
  await storage.writeSetting('author-key', key.stored);
}

async function loadProfile(
  storage: Storage,
  options: JoinOptions,
  defaultName: string,
): Promise<Profile> {
  const stored = await storage.readSetting('profile');
  const known =
    typeof stored === 'object' && stored !== null
      ? decodeProfile(encodeProfile(stored as Profile))
      : undefined;
  return {
    name: options.name ?? known?.name ?? defaultName,
    kind: options.kind ?? known?.kind ?? 'person',
  };
}
