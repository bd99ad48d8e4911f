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
import { createWebRtcTransport } from '@grapevine/transport-webrtc';
import { friendlyName, type ActorKind } from '@grapevine/memory';
import {
  systemClock,
  type Signaling,
  type Storage,
  type StorageProblem,
  type Transport,
} from '@grapevine/ports';
import type { AuthorId } from '@grapevine/wire';
import { systemRandom } from './browser-host.ts';
import { Core } from './core.ts';
import { RoomEmitter } from './emitter.ts';
import { checkName, decodeProfile, encodeProfile, type Profile } from './members.ts';
import { createLateTabs } from './links/late-tabs.ts';
import { createTabsIntroducer } from './links/tabs-introducer.ts';
import { Problems } from './problems.ts';
import { OpenRoom } from './room.ts';
import { createServerConfig, type ServerConfig } from './server-config.ts';
import { checkSettings } from './settings.ts';
import type { JoinOptions, Ports, Room } from './types.ts';

/**
 * Opens a room: loads what this browser holds of it, then looks for others. Resolves as soon as the room is usable, alone or not.
 * @param link a room link, its fragment, or nothing for a new room
 * Rejects with a `GrapevineError` (codes `link-*`, `name-invalid`, `setting-invalid`), or what `options.signal` was aborted with; nothing is created then. Storage that fails is a problem in `status()`, not a reason not to open.
 */
export async function joinRoom(link?: string, options: JoinOptions = {}): Promise<Room> {
  const base = baseOf(link);
  const random = options.ports?.random ?? systemRandom;
  const roomLink = link === undefined ? createRoomLink(random) : parseRoomLink(link);
  const name = options.name === undefined ? undefined : checkName(options.name);
  const { intervalMs, fanout } = options;
  const settings = checkSettings({
    ...(intervalMs !== undefined && { intervalMs }),
    ...(fanout !== undefined && { fanout }),
  });
  const crypto = await loadCrypto();
  const keys = await deriveRoomKeys(roomLink, crypto);
  options.signal?.throwIfAborted();

  const emitter = new RoomEmitter();
  const problems = new Problems(() => emitter.emit('status'));
  let peerConnections = 0;
  const ports = choosePorts(options, base, keys.topicText, () => peerConnections++);
  let core: Core | undefined;
  try {
    const onProblem = storageProblems(problems, () => core?.ledger.saveAgain());
    const stored = await ports.storage.open(keys.topicText, onProblem);
    const authorKey = await loadAuthorKey(ports.storage, crypto);
    const session = await openSession(keys, authorKey, ports.random);
    const profile = await loadProfile(ports.storage, { ...options, name }, session.author);
    core = new Core({
      keys,
      session,
      crypto,
      ports,
      problems,
      profile,
      settings,
      search: options.search,
      onFirstWrite: () => keepAuthorKey(ports.storage, authorKey),
      onChange: (what) => emitter.emit(what),
    });
    const feeds = await core.ledger.restore(stored);
    core.settings.read();
    options.signal?.throwIfAborted();
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
  } catch (error) {
    core?.stop();
    core?.memory.close();
    for (const transport of ports.transports) transport.close();
    // Why it was not opened is what counts.
    await ports.storage.close().catch(() => undefined);
    throw error;
  }
}

/** What stands before the fragment: of the link itself where it is a whole one, else of the page. */
function baseOf(link: string | undefined): string {
  const fragment = link?.indexOf('#') ?? -1;
  if (link !== undefined && fragment > 0) return link.slice(0, fragment);
  return typeof location === 'undefined' ? '' : location.href.replace(/#.*$/s, '');
}

/** What is given is taken, an explicit nothing too; only what is missing is made, of what this browser has. */
function choosePorts(
  options: JoinOptions,
  base: string,
  topic: string,
  onConstructed: () => void,
): Ports {
  const { ports: given = {} } = options;
  const { random = systemRandom, clock = systemClock } = given;
  const origin = originOf(base);
  const config = origin === undefined ? undefined : createServerConfig(origin);
  const channelName = `grapevine ${topic}`;
  const hasTabs = typeof BroadcastChannel !== 'undefined';
  const transports = (): Transport[] => {
    const made: Transport[] = [];
    const iceServers = () => iceServersOf(options, config);
    if (typeof RTCPeerConnection !== 'undefined') {
      made.push(createWebRtcTransport({ hash: sha256, clock, onConstructed, iceServers }));
    }
    if (hasTabs) made.push(createLateTabs({ channelName, hash: sha256, clock }));
    return made;
  };
  const tabs = () => (hasTabs ? createTabsIntroducer(channelName) : undefined);
  return {
    transports: given.transports ?? transports(),
    signaling:
      'signaling' in given ? given.signaling : signalingOf(options, config, { random, clock }),
    tabs: 'tabs' in given ? given.tabs : tabs(),
    storage: given.storage ?? createIndexedDbStorage({ clock }),
    clock,
    random,
  };
}

/** None where it is not wanted, or where neither the options nor a page say where it is. */
function signalingOf(
  { signaling }: JoinOptions,
  config: (() => Promise<ServerConfig>) | undefined,
  host: Pick<Ports, 'clock' | 'random'>,
): Signaling | undefined {
  if (signaling === false || typeof WebSocket === 'undefined') return undefined;
  if (signaling !== undefined) return createSignaling({ url: signaling, ...host });
  if (config === undefined) return undefined;
  return createSignaling({ url: async () => (await config()).signaling, ...host });
}

async function iceServersOf(
  { iceServers: given }: JoinOptions,
  config: (() => Promise<ServerConfig>) | undefined,
): Promise<RTCIceServer[]> {
  if (typeof given === 'function') return given();
  return given ?? (await config?.())?.iceServers ?? [];
}

/** Undefined where nobody can be asked: no page, or one from a file. */
function originOf(base: string): string | undefined {
  try {
    const { origin } = new URL(base);
    return origin === 'null' ? undefined : origin;
  } catch {
    return undefined;
  }
}

function storageProblems(
  problems: Problems,
  onOver: () => void,
): (problem: StorageProblem | undefined) => void {
  let raised: StorageProblem | undefined;
  return (problem) => {
    if (raised) problems.clear(raised.code);
    raised = problem;
    if (problem) problems.raise(problem);
    else onOver();
  };
}

/** One author a profile and room. It is saved with the first write, not before: looking leaves no trace. */
async function loadAuthorKey(storage: Storage, crypto: Crypto): Promise<SigningKey> {
  const stored = await readSetting(storage, 'author-key');
  const restored = stored === undefined ? undefined : await crypto.restoreKey(stored);
  return restored ?? crypto.generateKey();
}

/** A setting that storage fails to give is as good as none; what is wrong with it, storage says itself. */
async function readSetting(storage: Storage, name: string): Promise<unknown> {
  try {
    return await storage.readSetting(name);
  } catch {
    return undefined;
  }
}

async function keepAuthorKey(storage: Storage, key: SigningKey): Promise<void> {
  if ((await storage.readSetting('author-key')) !== undefined) return;
  await storage.writeSetting('author-key', key.stored);
}

async function loadProfile(
  storage: Storage,
  given: { name: string | undefined; kind?: ActorKind },
  author: AuthorId,
): Promise<Profile> {
  const stored = await readSetting(storage, 'profile');
  const known =
    typeof stored === 'object' && stored !== null
      ? decodeProfile(encodeProfile(stored as Profile))
      : undefined;
  return {
    name: given.name ?? known?.name ?? friendlyName(author),
    kind: given.kind ?? known?.kind ?? 'person',
  };
}
