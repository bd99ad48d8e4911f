import type { SessionId } from '@grapevine/wire';
import { checkRoomSettings, defaultSettings } from './config.ts';
import type { Config, Identity, Settings } from './config.ts';
import type { CloseReason, LinkId, OutEvent, RoomSettings, Stats, Timer } from './event.ts';
import { FeedTable } from './log/feeds.ts';
import type { Neighbour } from './links/neighbour.ts';

/** A timer that fires this much early still counts as due: clocks are coarse. */
const timerSlackMs = 20;

/** Of one delta too many, and of an interval (G5). Guesses: ten in a second are enough. */
const slownessGrowth = 1.25;
const slownessDecay = 0.8;
const slownessMax = 8;

/**
 * What the protocols of one node share: settings, the time of the event being handled, feeds,
 * links, and the effects so far.
 */
export class Core {
  readonly settings: Identity & Settings;
  readonly feeds: FeedTable;
  readonly links = new Map<LinkId, Neighbour>();
  /** The link of each member that is used to send (G11). */
  readonly active = new Map<SessionId, Neighbour>();
  readonly closing: Neighbour[] = [];
  readonly stats: Stats = {
    framesSent: 0,
    framesReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    deltasReceived: 0,
    duplicateDeltas: 0,
    deltasForwarded: 0,
    repairBytes: 0,
    roundsRun: 0,
    links: 0,
  };
  now = 0;
  hidden = false;
  info: Uint8Array;
  #effects: OutEvent[] = [];
  #slowness = 1;
  /** Neighbours whose link is ready: of all links few are after one event. */
  #ready: Neighbour[] = [];
  /** When each timer is due; Infinity where it was not asked for. */
  readonly #due: Record<Timer, number> = {
    round: Infinity,
    liveness: Infinity,
    retry: Infinity,
    overlay: Infinity,
    tree: Infinity,
    lazy: Infinity,
    membership: Infinity,
    aggregate: Infinity,
  };
  #lastId = 0;

  constructor(config: Config) {
    this.settings = { ...defaultSettings, ...config };
    this.feeds = new FeedTable(config.hash);
    this.info = config.info;
  }

  emit(effect: OutEvent): void {
    this.#effects.push(effect);
  }

  takeEffects(): readonly OutEvent[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Throws `setting-invalid`; nothing is changed then (C2). */
  set(room: RoomSettings): void {
    const { intervalMs, fanout, frameBytes } = checkRoomSettings(room);
    const { settings } = this;
    settings.intervalMs = intervalMs;
    // The stretched intervals keep their ratio to the plain one.
    const ratio = intervalMs / defaultSettings.intervalMs;
    settings.idleIntervalMs = ratio * defaultSettings.idleIntervalMs;
    settings.hiddenIntervalMs = Math.max(intervalMs, defaultSettings.hiddenIntervalMs);
    settings.fanout = fanout;
    settings.frameBytes = frameBytes;
  }

  /** Numbers for questions to the driver. */
  nextId(): number {
    return ++this.#lastId;
  }

  /**
   * Asks for the timer at `at` unless it is due sooner already; a newer request replaces an older
   * one.
   */
  schedule(timer: Timer, at: number): void {
    if (this.#due[timer] <= at) return;
    this.#due[timer] = at;
    this.emit({ type: 'schedule', timer, delayMs: Math.max(0, Math.ceil(at - this.now)) });
  }

  /** A timer went off: whether that is the one asked for last, and not a stale one. */
  fired(timer: Timer): boolean {
    if (this.now < this.#due[timer] - timerSlackMs) return false;
    this.#due[timer] = Infinity;
    return true;
  }

  dueAt(timer: Timer): number | undefined {
    const at = this.#due[timer];
    return at === Infinity ? undefined : at;
  }

  /** The round is overdue by more than clocks and busy pages explain: our timers were held up. */
  get late(): boolean {
    return this.now > this.#due.round + this.settings.lateMs;
  }

  unschedule(timer: Timer): void {
    this.#due[timer] = Infinity;
  }

  /** Called where a frame is about to go to the neighbour, for what may ride on it. */
  onFrame: ((neighbour: Neighbour) => void) | undefined;

  addLink(neighbour: Neighbour): void {
    this.links.set(neighbour.id, neighbour);
    neighbour.link.onReady = () => this.#ready.push(neighbour);
  }

  /** Sends what may go now, in the order in which links came up. */
  flushAll(): void {
    const ready = this.#ready;
    if (ready.length === 0) return;
    this.#ready = [];
    for (const neighbour of ready.length > 1 ? this.links.values() : ready) {
      if (!neighbour.link.ready || neighbour.gone) continue;
      this.onFrame?.(neighbour);
      this.flush(neighbour);
    }
  }

  /** Sends what may go on that link now. */
  flush(neighbour: Neighbour): void {
    for (const bytes of neighbour.link.flush()) {
      this.stats.framesSent++;
      this.stats.bytesSent += bytes.length;
      this.emit({ type: 'send', link: neighbour.id, bytes });
    }
  }

  close(neighbour: Neighbour, reason: CloseReason): void {
    if (neighbour.gone) return;
    if (reason === 'silent') neighbour.parting = 'lost';
    neighbour.gone = true;
    this.closing.push(neighbour);
    this.emit({ type: 'close', link: neighbour.id, reason });
  }

  /**
   * How many times longer than their links explain neighbours take to pass on or to answer, 1 to 8:
   * on a machine with more to do than it can everything asked for again too soon is more to do.
   */
  get slowness(): number {
    return this.#slowness;
  }

  /** A delta came once more than needed (G5). */
  cameTwice(): void {
    this.#slowness = Math.min(slownessMax, this.#slowness * slownessGrowth);
  }

  /** An interval went by. */
  calm(): void {
    this.#slowness = Math.max(1, this.#slowness * slownessDecay);
  }

  /** How long an answer may take, and a slow path explain silence (G5). */
  patienceMs(neighbour: Neighbour): number {
    const { wantMinMs, wantMaxMs, intervalMs } = this.settings;
    const expected = neighbour.srttMs === undefined ? intervalMs : 3 * neighbour.srttMs;
    return Math.min(wantMaxMs, Math.max(wantMinMs, expected)) * this.#slowness;
  }
}
