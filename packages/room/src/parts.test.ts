import type { InEvent } from '@grapevine/gossip';
import type { Link } from '@grapevine/ports';
import { createTabsPresence } from '@grapevine/transport-tabs';
import { GrapevineError, limits, utf8 } from '@grapevine/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoomEmitter } from './emitter.ts';
import { createTabsIntroducer } from './links/tabs-introducer.ts';
import { decodeProfile, encodeProfile, Members } from './members.ts';
import { Problems } from './problems.ts';
import { World } from './testing/world.ts';
import type { Member } from './types.ts';
import { ValueRequests } from './value-requests.ts';

const id = (n: number) => n.toString(16).padStart(32, '0');

describe('a profile', () => {
  it('is read back as it was written, and fits the limit of hello', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(name, (text) => {
        const trimmed = text.trim();
        fc.pre(trimmed !== '' && !/[\p{Cc}\p{Cs}]/u.test(trimmed) && [...trimmed].length <= 64);
        const bytes = encodeProfile({ name: trimmed, kind: 'tool' });
        expect(bytes.length).toBeLessThanOrEqual(limits.infoBytes);
        expect(decodeProfile(bytes)).toEqual({ name: trimmed, kind: 'tool' });
      }),
    );
    expect(encodeProfile({ name: '\u{1F987}'.repeat(64), kind: 'import' }).length).toBeLessThan(
      limits.infoBytes,
    );
  });

  it('is total, and no name that would break a line is shown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const profile = decodeProfile(bytes);
        expect(profile === undefined || profile.name.length > 0).toBe(true);
      }),
    );
    for (const name of ['a\nb', '\u0000', ' ', '', 7, null]) {
      expect(decodeProfile(utf8(JSON.stringify({ name })))).toBeUndefined();
    }
    expect(decodeProfile(utf8(JSON.stringify({ name: 'x'.repeat(99), kind: 'god' })))).toEqual({
      name: 'x'.repeat(64),
      kind: 'person',
    });
  });
});

describe('members', () => {
  const self: Member = {
    id: id(0),
    author: id(0),
    name: 'self',
    kind: 'person',
    state: 'alive',
    since: 0,
    self: true,
  };

  const info = encodeProfile({ name: 'x', kind: 'person' });
  const seen = (n: number, state: Member['state']) => ({
    ...{ member: id(n), state, info, health: 0, hidden: false },
  });
  let now = 0;
  const create = () =>
    new Members({
      self: () => self,
      authorOf: (member) => (member === id(9_999) ? undefined : member),
      nameOf: () => ({ name: 'friendly', kind: 'person' }),
      now: () => now,
    });

  it('are remembered in a bounded number, those that are here before all', () => {
    const members = create();
    members.update(seen(1, 'alive'));
    for (let n = 2; n < 6_000; n++) members.update(seen(n, 'asleep'));
    const list = members.list([]);
    expect(list.length).toBe(4_097);
    expect(list.some((member) => member.id === id(1))).toBe(true);
    expect(list.some((member) => member.id === id(2))).toBe(false);
  });

  it('that have gone are listed for ten minutes, the last 64 of them', () => {
    const members = create();
    for (let n = 1; n <= 70; n++) {
      now = n;
      members.update(seen(n, 'alive'));
      members.update(seen(n, 'left'));
    }
    expect(members.list([]).length).toBe(1 + 64);
    expect(members.list([]).some((member) => member.id === id(6))).toBe(false);
    now = 20 + 600_000;
    members.update(seen(80, 'dead'));
    expect(members.list([]).some((member) => member.id === id(20))).toBe(true);
    now += 1;
    members.update(seen(81, 'dead'));
    expect(members.list([]).some((member) => member.id === id(20))).toBe(false);
    now = 0;
  });

  it('M3: come once, and again when they had gone; those asleep are not counted', () => {
    const members = create();
    const came = (state: Member['state']) => members.update(seen(1, state));
    expect(came('alive')).toBe(true);
    expect(members.alive).toBe(2);
    expect(came('suspect')).toBe(false);
    expect(members.alive).toBe(2);
    expect(came('asleep')).toBe(false);
    expect(members.alive).toBe(1);
    expect(came('alive')).toBe(false);
    expect(came('dead')).toBe(false);
    expect(members.alive).toBe(1);
    expect(came('alive')).toBe(true);
  });

  it('nobody has proved anything of are not listed', () => {
    const members = create();
    expect(members.update(seen(9_999, 'alive'))).toBe(false);
    expect(members.list([])).toEqual([self]);
  });

  it('are shown with what their page says of itself, and a link only where there is one', () => {
    const members = create();
    members.update({ ...seen(1, 'alive'), health: 3, hidden: true });
    const [, member] = members.list([]);
    expect(member).toMatchObject({ id: id(1), name: 'x', health: 3, hidden: true });
    expect(member?.link).toBeUndefined();
  });

  it('are shown as they were last measured where a link does not answer', async () => {
    const members = create();
    members.update(seen(1, 'alive'));
    let answers = true;
    const link = {
      quality: () =>
        answers ? Promise.resolve({ path: 'host', rttMs: 5 }) : Promise.reject(new Error('closed')),
    };
    const links = () => [{ member: id(1), link: link as Pick<Link, 'quality'> }];
    await members.measure(links());
    answers = false;
    await members.measure(links());
    const transports = [{ member: id(1), transport: 'webrtc' as const }];
    expect(members.list(transports)[1]?.link).toEqual({
      transport: 'webrtc',
      path: 'host',
      rttMs: 5,
    });
  });
});

describe('values that are missing', () => {
  /** Takes two at once, as the gossip core takes 16,384. */
  function create() {
    const wanted = new Set<string>();
    const requests = new ValueRequests((event: InEvent) => {
      if (event.type === 'dropValue') wanted.delete(event.hash);
      if (event.type !== 'wantValue') return;
      if (wanted.size >= 2) throw new GrapevineError('too-many-values', 'Too many.', 'Later.');
      wanted.add(event.hash);
    });
    return { wanted, requests };
  }

  it('beyond what is fetched at once wait, count, and are asked for as others are done', () => {
    const { wanted, requests } = create();
    for (const hash of ['a', 'b', 'c', 'd']) requests.ask(hash, 9);
    expect([...wanted]).toEqual(['a', 'b']);
    expect(requests.waiting).toBe(2);
    requests.done('c');
    expect(requests.waiting).toBe(1);
    requests.done('a');
    expect([...wanted]).toEqual(['b', 'd']);
    expect(requests.waiting).toBe(0);
    requests.done('b');
    requests.done('d');
    expect(wanted.size).toBe(0);
  });

  it('do not hide an error that is none of the core', () => {
    const requests = new ValueRequests(() => {
      throw new TypeError('a bug');
    });
    expect(() => requests.ask('a', 9)).toThrow(TypeError);
  });
});

describe('events', () => {
  it('come once however often something happened, and a listener that throws stops no other', async () => {
    const emitter = new RoomEmitter();
    const told: string[] = [];
    const listener = () => void told.push('members');
    emitter.on('members', listener);
    emitter.on('status', () => void told.push('status'));
    emitter.emit('members');
    emitter.emit('status');
    emitter.emit('members');
    await Promise.resolve();
    expect(told).toEqual(['members', 'status']);
    emitter.off('members', listener);
    emitter.emit('members');
    await Promise.resolve();
    expect(told).toHaveLength(2);
  });
});

describe('problems', () => {
  it('stand until cleared, each once, those about different things apart', () => {
    let changes = 0;
    const problems = new Problems(() => changes++);
    const problem = { code: 'link-failed', message: 'No path.', action: 'Wait.' } as const;
    problems.raise(problem, 'a');
    problems.raise(problem, 'a');
    problems.raise(problem, 'b');
    expect(problems.list()).toHaveLength(2);
    expect(changes).toBe(2);
    problems.clear('link-failed', 'c');
    problems.clear('link-failed', 'a');
    expect(problems.list()).toEqual([problem]);
    expect(changes).toBe(3);
  });
});

describe('the introducer of tabs', () => {
  it('names the tabs there, carries to one alone, and says who went', async () => {
    const channelName = `test ${Math.random()}`;
    const introducer = createTabsIntroducer(channelName);
    const world = new World();
    const told: string[] = [];
    introducer.open('topic', id(1), {
      onMembers: (members) => told.push(`here ${members.join()}`),
      onMessage: (from, data) => told.push(`${from} says ${data.join()}`),
      onAbsent: (gone) => told.push(`gone ${gone}`),
      onState: ({ state }) => told.push(state),
    });
    const heard: string[] = [];
    const presence = createTabsPresence({
      channelName,
      self: id(2),
      onPresent: () => undefined,
      onSignal: (from, bytes) => heard.push(`${from} says ${bytes.join()}`),
    });
    await world.until('it was named', () => told.includes(`here ${id(2)}`));
    introducer.send(id(2), Uint8Array.of(1, 2));
    presence.send(id(1), Uint8Array.of(3));
    await world.until('both were heard', () => heard.length > 0 && told.length > 2);
    expect(heard).toEqual([`${id(1)} says 1,2`]);
    presence.close();
    await world.until('it went', () => told.includes(`gone ${id(2)}`));
    introducer.close();
    introducer.send(id(2), Uint8Array.of(1));
    expect(told[0]).toBe('open');
  });
});
