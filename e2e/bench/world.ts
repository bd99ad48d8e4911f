import type { BrowserContext } from '@playwright/test';
import { test as base, type World } from '../fixtures/world.ts';
import { isAsked } from './compare.ts';
import { reportFalseDeaths } from './figure.ts';
import { bundle } from './in-page/bundle.ts';

/** The members of the tests; afterwards each is asked for members it showed as gone that are there. */
export const test = base.extend<{ world: World }>({
  world: async ({ world }, use, info) => {
    info.skip(!isAsked('Grapevine'), 'only Grapevine has it');
    const contexts: BrowserContext[] = [];
    const content = await bundle('grapevine');
    const profile = async () => {
      const context = await world.profile();
      await context.addInitScript({ content });
      contexts.push(context);
      return context;
    };
    const member: World['member'] = async (link, context) =>
      world.member(link, context ?? (await profile()));
    await use({ server: world.server, profile, member });
    const pages = contexts.flatMap((context) => context.pages());
    const notes = await Promise.all(
      pages.map((page) =>
        page.evaluate(() => ({
          ids: globalThis.bench.ids(),
          gone: globalThis.bench.departures.map(({ id }) => id),
        })),
      ),
    );
    const here = new Set(notes.flatMap(({ ids }) => ids));
    const count = notes.flatMap(({ gone }) => gone).filter((id) => here.has(id)).length;
    await reportFalseDeaths({ system: 'Grapevine', shownAs: { gone: count } });
  },
});
