import { describe, expect, it } from 'vitest';
import { Core } from '../core.ts';
import { Neighbour } from '../links/neighbour.ts';
import { standIn } from '../testing/attested.ts';
import { Lazy, isLinked } from './lazy.ts';

const id = (n: number) => n.toString(16).padStart(32, '0');
const self = id(0x500);
const [lower, higher] = [0x400, 0x600];
const author = id(0x900);

/** A node between a neighbour of lower and one of higher session id. */
function room(settings = {}) {
  const [proof, info] = [new Uint8Array(48), new Uint8Array(0)];
  const identity = { self, incarnation: 1, proof, info, random: () => 0.5, hash: standIn };
  const core = new Core({ ...identity, ...settings });
  const told: string[] = [];
  const link = (n: number): Neighbour => {
    const neighbour = new Neighbour(n, id(n), core.settings, core.stats, 0);
    neighbour.hello = true;
    neighbour.link.have = (session, seq) => {
      told.push(`${n.toString(16)}:${Number.parseInt(session, 16).toString(16)} ${seq}`);
    };
    core.addLink(neighbour);
    core.active.set(neighbour.member, neighbour);
    return neighbour;
  };
  const lazy = new Lazy(core);
  /** @returns what was told, after a step */
  const step = () => {
    lazy.tick();
    return told.splice(0);
  };
  /** When the next step is due, in milliseconds from now. */
  const due = () => {
    const at = core.dueAt('lazy');
    core.unschedule('lazy');
    return at === undefined ? undefined : at - core.now;
  };
  const hold = (session: string, seq: number) =>
    core.feeds.set({ session, seq, leaf: new Uint8Array(16).fill(seq), ended: false });
  return { core, lazy, told, link, step, due, hold };
}

describe('what is told later', () => {
  it('B6: the higher session id hears of it in the third step, the lower in the fourth, once', () => {
    const { lazy, link, step } = room();
    link(lower);
    link(higher);
    lazy.note(author, 3, false);
    const steps = Array.from({ length: 6 }, step);
    expect(steps).toEqual([[], [], ['600:900 3'], ['400:900 3'], [], []]);
  });

  it('B6: it goes with a frame that goes there anyway, as soon as its step has come', () => {
    const { lazy, told, link, step } = room();
    const neighbour = link(higher);
    lazy.note(author, 3, false);
    lazy.ride(neighbour);
    step();
    lazy.ride(neighbour);
    expect(told).toEqual([]);
    step();
    lazy.ride(neighbour);
    expect(told.splice(0)).toEqual(['600:900 3']);
    lazy.ride(neighbour);
    expect([told, step()]).toEqual([[], []]);
  });

  it('B6: who is known to hold it, or did not say hello, is not told', () => {
    const { lazy, link, step } = room();
    const [knows, less, silent] = [link(0x601), link(0x602), link(0x603)];
    knows.offer(author, 3);
    less.offer(author, 2);
    silent.hello = false;
    lazy.note(author, 3, false);
    expect([step(), step(), step(), step()].flat()).toEqual(['602:900 3']);
  });

  it('B6: what went to all its author is linked to is not told to those', () => {
    const { core, lazy, link, step } = room();
    const [one, two, other] = [link(0x601), link(0x602), link(0x603)];
    one.peers = new Set([id(0x901)]);
    link(0x901).peers = new Set([two.member]);
    expect(isLinked(core, id(0x901), one)).toBe(true);
    expect(isLinked(core, id(0x901), two)).toBe(true);
    expect(isLinked(core, id(0x901), other)).toBe(false);
    expect(isLinked(core, author, other)).toBe(false);
    core.active.get(id(0x901))?.offer(id(0x901), 3);
    lazy.note(id(0x901), 3, true);
    expect([step(), step(), step()].flat()).toEqual(['603:901 3']);
    lazy.note(id(0x901), 4, false);
    expect([step(), step(), step()].flat()).toEqual(['601:901 4', '602:901 4', '603:901 4']);
  });

  it('B6: a step is 250 ms, or 500 ms where more than 3 feeds changed in the last', () => {
    const { lazy, step, due } = room();
    for (const n of [1, 2, 3]) lazy.note(id(n), 1, false);
    expect(due()).toBe(250);
    step();
    expect(due()).toBe(250);
    for (const n of [1, 2, 3, 4]) lazy.note(id(n), 2, false);
    due();
    step();
    expect(due()).toBe(500);
    step();
    expect(due()).toBe(250);
  });

  it('B6: with nothing to tell any more no step is asked for', () => {
    const { lazy, step, due } = room();
    lazy.note(author, 1, false);
    const asked = Array.from({ length: 5 }, () => {
      due();
      step();
      return due();
    });
    expect(asked).toEqual([250, 250, 250, undefined, undefined]);
  });

  it('G6: more than can be told at once is left to a descent', () => {
    const { core, lazy, link, step } = room({ announcedPerLink: 2 });
    const neighbour = link(higher);
    lazy.note(id(1), 1, false);
    lazy.note(id(2), 1, false);
    expect(neighbour.doubt).toBe(false);
    lazy.note(id(3), 1, false);
    expect(neighbour.doubt).toBe(true);
    expect([step(), step(), step(), step()].flat()).toEqual([]);
    expect(core.active.size).toBe(1);
  });

  it('G3: who holds what we hold is forgotten once it was told, who holds more is not', () => {
    const { lazy, link, step, hold } = room();
    const [same, more, busy] = [link(0x601), link(0x602), link(0x603)];
    hold(author, 3);
    hold(id(0x901), 3);
    same.offer(author, 3);
    more.offer(author, 4);
    busy.offer(id(0x901), 3);
    lazy.note(author, 3, false);
    for (let n = 0; n < 3; n++) step();
    expect(same.offered.has(author)).toBe(true);
    step();
    expect([same.offered.has(author), more.offered.get(author)]).toEqual([false, 4]);
    // Of a feed that goes on it is kept.
    lazy.note(id(0x901), 3, false);
    for (let n = 0; n < 3; n++) step();
    lazy.note(id(0x901), 3, false);
    step();
    expect(busy.offered.has(id(0x901))).toBe(true);
    for (let n = 0; n < 4; n++) step();
    expect(busy.offered.has(id(0x901))).toBe(false);
  });
});
