import { expect, test } from './fixtures/world.ts';

test('plain http on an address that is not loopback: no WebCrypto, and everything works', async ({
  world,
}) => {
  const origin = `http://plain.test:${world.server.port}`;
  const first = await world.member(origin);
  expect(await first.page.evaluate(() => isSecureContext)).toBe(false);
  await first.put('n', 'k', 'from a phone');
  const second = await world.member(await first.link());
  await second.has('n', 'k', 'from a phone');
  await first.page.reload();
  await first.ready();
  expect(await first.get('n', 'k')).toBe('from a phone');

  // The same room over localhost uses WebCrypto; both understand each other.
  const secure = await world.member((await first.link()).replace(origin, world.server.url));
  await secure.has('n', 'k', 'from a phone');
  await secure.put('n', 'back', 'from a desk');
  await first.has('n', 'back', 'from a desk');
});

test('a second link pasted into the address bar switches rooms', async ({ world }) => {
  const first = await world.member();
  await first.put('n', 'room', 'one');
  const other = await world.member();
  await other.put('n', 'room', 'two');
  const link = await other.link();
  const firstLink = await first.link();

  await first.page.evaluate((href) => (location.href = href), link);
  await first.until((href) => globalThis.grapevine?.link === href, link);
  await first.has('n', 'room', 'two');
  await other.sees('alive');
  await first.page.goBack();
  await first.until((href) => globalThis.grapevine?.link === href, firstLink);
  expect(await first.get('n', 'room')).toBe('one');
});

test('bad links say what is wrong and open no room', async ({ world }) => {
  const good = await (await world.member()).link();
  const [base, body] = good.split('#1w.') as [string, string];
  const flipped = `${body.slice(0, 9)}${body[9] === 'A' ? 'B' : 'A'}${body.slice(10)}`;
  const cases = [
    ['garbled', `${base}#1w.not a link!`],
    ['mistyped', `${base}#1w.${flipped}`],
    ['truncated', `${base}#1w.${body.slice(0, 20)}`],
    ['newer', `${base}#2w.${body}`],
  ] as const;
  const profile = await world.profile();
  for (const [name, link] of cases) {
    const page = await profile.newPage();
    await page.goto(link);
    await expect(page.getByRole('alert').first(), name).toBeVisible();
    expect(await page.evaluate(() => globalThis.grapevine === undefined), name).toBe(true);
    const databases = await page.evaluate(async () =>
      (await indexedDB.databases()).filter((d) => d.name?.startsWith('grapevine')),
    );
    expect(databases, name).toEqual([]);
    await page.close();
  }
});

test('the server never receives or prints a secret, a name, plain SDP or content', async ({
  world,
}) => {
  const seen: string[] = [];
  const profile = await world.profile();
  profile.on('page', (page) => {
    page.on('websocket', (socket) => {
      seen.push(socket.url());
      socket.on('framesent', ({ payload }) => seen.push(String(payload)));
      socket.on('framereceived', ({ payload }) => seen.push(String(payload)));
    });
    page.on('request', (request) => seen.push(request.url(), request.postData() ?? ''));
  });
  const first = await world.member(undefined, profile);
  await first.page.evaluate(() => globalThis.grapevine?.setName('Ada Lovelace'));
  const link = await first.link();
  const second = await world.member(link);
  await first.put('secret-namespace', 'secret-key', 'secret-content');
  await second.has('secret-namespace', 'secret-key');
  await first.inSyncWith(1);

  expect(seen.some((text) => text.includes('"send"') || text.includes('"message"'))).toBe(true);
  const opaque = seen.flatMap((text) =>
    [...text.matchAll(/"data":"([\w-]+)"/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64url').toString('latin1'),
    ),
  );
  expect(opaque.length).toBeGreaterThan(0);
  const everything = [...seen, ...opaque, world.server.log].join('\n');
  const secret = link.split('#1w.')[1] ?? '';
  expect(secret.length).toBeGreaterThan(40);
  const forbidden = [
    secret,
    Buffer.from(secret, 'base64url').toString('latin1').slice(0, 32),
    'Ada Lovelace',
    'secret-',
    'a=fingerprint',
    'a=ice-ufrag',
    'candidate:',
    'ice-pwd',
  ];
  for (const text of forbidden) expect(everything.includes(text), text).toBe(false);
});
