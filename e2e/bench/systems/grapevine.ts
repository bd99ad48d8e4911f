import type { BrowserContext } from '@playwright/test';
import { Member } from '../../fixtures/member.ts';
import { Server } from '../../fixtures/server.ts';
import { bundle } from '../in-page/bundle.ts';
import { Peer } from './peer.ts';
import { System } from './system.ts';

/** The app as it is served; a loaded page is in a room of its own until it is given a link. */
export class Grapevine extends System {
  override readonly name = 'Grapevine';
  override readonly shownAs = { crashed: ['dead'], closed: ['left'] };
  readonly #server = new Server();

  override start(): Promise<void> {
    return this.#server.start();
  }

  override async newRoom(): Promise<string> {
    const { page } = await this.loadOne();
    const link = await new Member(page).link();
    await page.context().close();
    return link;
  }

  protected override async open(context: BrowserContext): Promise<Peer> {
    await context.addInitScript({ content: await bundle('grapevine') });
    const { page } = await new Member(await context.newPage()).open(this.#server.url);
    return new Peer(page);
  }

  protected override stopServers(): Promise<void> {
    return this.#server.stop();
  }
}
