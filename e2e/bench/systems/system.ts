import type { Browser, BrowserContext } from '@playwright/test';
import type { Peer } from './peer.ts';

/** How long pages may take until they are in and settled, in milliseconds. */
const settleTimeout = 90_000;
/** Pages loaded side by side: more only wait for the two cores. */
const loadedAtOnce = 6;

/** What is measured: a server, and pages that meet by it, each in a browser profile of its own. */
export abstract class System {
  abstract readonly name: 'Grapevine' | 'y-webrtc';
  /** How a member that is gone is shown, after a crash and after it closed its page: itself, then its cursor where that goes apart. */
  abstract readonly shownAs: {
    readonly crashed: readonly string[];
    readonly closed: readonly string[];
  };
  /** How often, until now, a page showed a member as gone that was there, by how it was shown. */
  readonly falseDeaths: Record<string, number> = {};
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];
  readonly #peers: Peer[] = [];

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  abstract start(): Promise<void>;
  /** A room nobody is in. */
  abstract newRoom(): Promise<string>;
  /** Loads the page until it can be told to join. */
  protected abstract open(context: BrowserContext): Promise<Peer>;
  protected abstract stopServers(): Promise<void>;

  async load(count: number): Promise<Peer[]> {
    const peers: Peer[] = [];
    while (peers.length < count) {
      const some = Math.min(loadedAtOnce, count - peers.length);
      peers.push(...(await Promise.all(Array.from({ length: some }, () => this.loadOne()))));
    }
    this.#peers.push(...peers);
    return peers;
  }

  /** Pages that joined one after the other and are settled. */
  async gather(members: number): Promise<{ peers: Peer[]; room: string }> {
    const room = await this.newRoom();
    const peers: Peer[] = [];
    await this.refill(peers, members, room);
    return { peers, room };
  }

  /** Adds new members until there are so many, and waits until all are settled. */
  async refill(peers: Peer[], members: number, room: string): Promise<void> {
    for (const peer of await this.load(members - peers.length)) {
      await peer.join(room, 0);
      peers.push(peer);
    }
    await this.#settle(peers);
  }

  async #settle(peers: readonly Peer[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      peers.map((peer) => peer.settles(peers.length, settleTimeout)),
    );
    const reasons = outcomes.flatMap((o) => (o.status === 'rejected' ? [String(o.reason)] : []));
    if (reasons.length === 0) return;
    throw new Error(
      `${reasons.length} of ${peers.length} pages not settled after ${settleTimeout / 1000} s: ${reasons[0]}`,
    );
  }

  /** Asks every page whom it showed as gone, then closes it. */
  async closePages(): Promise<void> {
    const noted = await Promise.allSettled(
      this.#peers.filter(({ endedAt }) => endedAt === undefined).map((peer) => peer.notes()),
    );
    const ends = new Map(
      this.#peers.flatMap(({ ids, endedAt }) => ids.map((id) => [id, endedAt ?? Infinity])),
    );
    const departures = noted.flatMap((o) => (o.status === 'fulfilled' ? o.value.departures : []));
    for (const { id, how, at } of departures) {
      const isThere = at < (ends.get(id) ?? 0);
      this.falseDeaths[how] = (this.falseDeaths[how] ?? 0) + (isThere ? 1 : 0);
    }
    this.#peers.length = 0;
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
    await this.stopServers();
  }

  protected async loadOne(): Promise<Peer> {
    const context = await this.#browser.newContext();
    this.#contexts.push(context);
    return this.open(context);
  }
}
