import type { Page } from '@playwright/test';
import type { Counters, Driver, Write } from '../in-page/driver.ts';

/** What a driver noted. */
export type Notes = Pick<Driver, 'seen' | 'started' | 'departures' | 'errors'>;

/** One page with a driver in it. */
export class Peer {
  readonly page: Page;
  /** Names under which the others show it, once it is in a room. */
  ids: readonly string[] = [];
  /** When it was crashed or closed, unix milliseconds. */
  endedAt: number | undefined;

  constructor(page: Page) {
    this.page = page;
  }

  async join(room: string, at: number, key?: string): Promise<void> {
    await this.page.evaluate(([link, when, first]) => globalThis.bench.join(link, when, first), [
      room,
      at,
      key,
    ] as const);
    this.ids = await this.page.evaluate(() => globalThis.bench.ids());
  }

  /** @throws with what the page says about itself where it does not settle */
  async settles(members: number, timeoutMs: number): Promise<void> {
    const settled = await this.page.evaluate(
      ([count, timeout]) => globalThis.bench.settles(count, timeout),
      [members, timeoutMs] as const,
    );
    if (settled) return;
    throw new Error(await this.page.evaluate(() => globalThis.bench.describe()));
  }

  /** Takes away all that the page draws; its room stays. */
  async emptyPage(): Promise<void> {
    await this.page.evaluate(() => document.body.replaceChildren());
  }

  putAll(writes: readonly Write[]): Promise<void> {
    return this.page.evaluate((all) => globalThis.bench.putAll(all), writes);
  }

  holds(keys: readonly string[], timeoutMs: number): Promise<boolean> {
    return this.page.evaluate(([all, timeout]) => globalThis.bench.holds(all, timeout), [
      keys,
      timeoutMs,
    ] as const);
  }

  gone(ids: readonly string[], how: string, timeoutMs: number): Promise<number | undefined> {
    return this.page.evaluate(
      ([names, way, timeout]) => globalThis.bench.gone(names, way, timeout),
      [ids, how, timeoutMs] as const,
    );
  }

  counters(): Promise<Counters> {
    return this.page.evaluate(() => globalThis.bench.counters());
  }

  async notes(): Promise<Notes> {
    const { seen, started, ...lists } = await this.page.evaluate(() => {
      const { seen, started, departures, errors } = globalThis.bench;
      return { seen: [...seen], started: [...started], departures, errors };
    });
    return { seen: new Map(seen), started: new Map(started), ...lists };
  }

  /** Its renderer ends without a last word. */
  async crash(): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    this.endedAt = Date.now();
    // The call never answers: its page is gone.
    session.send('Page.crash').catch(() => undefined);
  }

  /** As a person closes a tab: the page is told before. */
  async close(): Promise<void> {
    this.endedAt = Date.now();
    await this.page.close({ runBeforeUnload: true });
  }
}
