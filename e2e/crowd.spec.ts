import type { Member } from './fixtures/member.ts';
import { Member as OpenMember } from './fixtures/member.ts';
import { expect, test, type World } from './fixtures/world.ts';

const members = 24;
/** The active view's maximum (O1). */
const maxLinks = 9;

// 24 pages share two cores.
test.describe.configure({ timeout: 240_000 });

/** Members that open one link at the same moment, from pages already loaded, as a class or a conference does. */
async function crowd(world: World, count: number): Promise<Member[]> {
  const first = await world.member();
  const link = await first.link();
  const hash = new URL(link).hash;
  const pages = await Promise.all(
    Array.from({ length: count - 1 }, async () => (await world.profile()).newPage()),
  );
  await Promise.all(pages.map((page) => page.goto(world.server.url)));
  const others = pages.map((page) => new OpenMember(page));
  await Promise.all(
    others.map((member) =>
      member.page.evaluate((to) => {
        location.hash = to;
      }, hash),
    ),
  );
  await Promise.all(others.map((member) => member.ready()));
  return [first, ...others];
}

/** Everybody lists `count` members alive, themselves included. */
async function everybodySees(all: readonly Member[], count: number): Promise<void> {
  await Promise.all(
    all.map((member) =>
      member.until(
        (wanted) =>
          globalThis.grapevine?.members().filter(({ state }) => state === 'alive').length ===
          wanted,
        count,
      ),
    ),
  );
}

function ids(all: readonly Member[]): Promise<string[]> {
  return Promise.all(
    all.map((member) => member.page.evaluate(() => globalThis.grapevine?.self.id ?? '')),
  );
}

test('24 members: all meet over few links, hold the same, and see each other come and go', async ({
  world,
}) => {
  const all = await crowd(world, members);
  await everybodySees(all, members);

  // Each writes, all hold everything.
  await Promise.all(all.map((member, index) => member.put('roll', `k${index}`, `v${index}`)));
  await Promise.all(all.map((member) => member.entries(members)));
  const dumps = await Promise.all(all.map((member) => member.dump()));
  expect(new Set(dumps.map((dump) => dump.join('\n'))).size).toBe(1);

  // A link let go while deltas go over it lasts 2 s longer (O5), so a crowd just arrived may be above the maximum yet.
  const stats = () =>
    Promise.all(all.map((member) => member.page.evaluate(() => globalThis.grapevine?.stats())));
  await expect
    .poll(async () => Math.max(...(await stats()).map((stat) => stat?.links ?? Infinity)), {
      timeout: 30_000,
    })
    .toBeLessThanOrEqual(maxLinks);
  // A room of 24 with at most 9 links each is no full mesh: deltas were passed on.
  expect((await stats()).some((stat) => (stat?.deltasForwarded ?? 0) > 0)).toBe(true);

  // One closes its page: the others know that it left.
  const [leaver, victim] = [all[5], all[11]] as [Member, Member];
  const [leaverId, victimId] = (await ids([leaver, victim])) as [string, string];
  const rest = all.filter((member) => member !== leaver && member !== victim);
  const see = (id: string, state: string) =>
    Promise.all(
      rest.map((member) =>
        member.until(
          ([of, wanted]) =>
            globalThis.grapevine?.members().find((m) => m.id === of)?.state === wanted,
          [id, state] as const,
        ),
      ),
    );
  await leaver.page.close({ runBeforeUnload: true });
  await see(leaverId, 'left');

  // One's page is killed without a word: the others find out.
  const session = await victim.context.newCDPSession(victim.page);
  session.send('Page.crash').catch(() => undefined);
  await see(victimId, 'dead');
  await everybodySees(rest, rest.length);

  // What is written now reaches all that are left.
  const [writer] = rest as [Member];
  await writer.put('roll', 'late', 'still one room');
  await Promise.all(rest.map((member) => member.has('roll', 'late', 'still one room')));
  for (const member of rest) expect(member.errors).toEqual([]);
});
