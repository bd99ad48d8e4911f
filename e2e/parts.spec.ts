import type { BrowserContext } from '@playwright/test';
import { show } from './fixtures/panel.ts';
import { expect, test as base } from './fixtures/world.ts';

/** Parts of the app that come after the shell, where the network fails them. */
const test = base.extend<{ without: (parts: string | RegExp) => Promise<BrowserContext> }>({
  without: async ({ browser }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (parts) => {
      // A service worker would have them already.
      const context = await browser.newContext({ serviceWorkers: 'block' });
      contexts.push(context);
      await context.route(parts, (route) => route.abort());
      return context;
    });
    for (const context of contexts) await context.close();
  },
});

test('the way to other rooms, where it could not be loaded, says so and comes when tried again', async ({
  without,
  world,
}) => {
  const context = await without('**/assets/rooms-*.js*');
  const { page } = await world.member(undefined, context);
  await show(page, 'Rooms');
  const failure = page.getByRole('alert').filter({ hasText: 'could not be loaded' });
  await expect(failure).toBeVisible();
  await context.unrouteAll();
  await failure.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByLabel('A room link')).toBeVisible();
  await expect(failure).toHaveCount(0);
});

test('search, where it could not be loaded, says so and finds when tried again', async ({
  without,
  world,
}) => {
  const context = await without('**/assets/search-*.js*');
  const member = await world.member(undefined, context);
  await member.put('notes', 'tea', 'Assam');
  const list = member.page.getByRole('region', { name: 'Entry list' });
  await list.getByRole('searchbox', { name: 'Search memory' }).fill('assam');
  const failure = list.getByRole('alert').filter({ hasText: 'could not be loaded' });
  await expect(failure).toContainText('Try again when you are online');
  await context.unrouteAll();
  await failure.getByRole('button', { name: 'Try again' }).click();
  await expect(list.getByText('1 match')).toBeVisible();
  await expect(failure).toHaveCount(0);
});

test('what links are made of, where nothing but the shell could be loaded, comes by itself', async ({
  without,
  world,
}) => {
  const context = await without(/\/assets\/(?!index-)[\w-]+\.js/);
  const failed: string[] = [];
  context.on('requestfailed', (request) => failed.push(request.url()));
  const first = await world.member(undefined, context);
  for (const part of ['client', 'dialer', 'peer-connection']) {
    await expect.poll(() => failed.some((url) => url.includes(`/${part}-`))).toBe(true);
  }
  await first.put('n', 'alone', 'kept');
  await context.unrouteAll();
  const second = await world.member(await first.link());
  await second.has('n', 'alone', 'kept');
});
