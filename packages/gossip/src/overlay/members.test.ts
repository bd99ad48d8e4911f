import type { SessionId } from '@grapevine/wire';
import { describe, expect, it } from 'vitest';
import { Core } from '../core.ts';
import type { MemberState } from '../event.ts';
import { Neighbour } from '../links/neighbour.ts';
import { Overlay } from './overlay.ts';

const id = (n: number) => n.toString(16).padStart(32, '0');
const self = id(0x500);

/** An overlay in a room whose members the test makes up. */
function room(size: number, random = 0.5, sampled = false) {
  const core = new Core({
    self,
    incarnation: 1,
    proof: new Uint8Array(48),
    info: new Uint8Array(0),
    random: () => random,
    hash: () => new Uint8Array(32),
  });
  const states = new Map<SessionId, MemberState>();
  const overlay = new Overlay(core, {
    size,
    sampled,
    isHere: (member) => ['alive', 'suspect'].includes(states.get(member) ?? ''),
    get: (member) => {
      const state = states.get(member);
      return state && { state };
    },
  });
  overlay.start();
  const link = (n: number): Neighbour => {
    const neighbour = new Neighbour(n, id(n), core.settings, core.stats, core.now);
    neighbour.hello = true;
    core.active.set(neighbour.member, neighbour);
    overlay.entered(neighbour);
    return neighbour;
  };
  const part = (neighbour: Neighbour, parting: Neighbour['parting']): void => {
    core.active.delete(neighbour.member);
    overlay.parted(neighbour, parting);
  };
  const change = (n: number, state: MemberState): void => {
    states.set(id(n), state);
    overlay.memberChanged({ id: id(n), state });
  };
  const dials = () =>
    core.takeEffects().flatMap((effect) => (effect.type === 'dial' ? [effect.member] : []));
  return { core, overlay, link, part, change, dials };
}

describe('the passive view and the table', () => {
  it('O2: takes in a member whose card comes, and dials it where links are missing', () => {
    const { overlay, change, dials } = room(5);
    change(0x600, 'alive');
    expect(overlay.passive).toEqual([id(0x600)]);
    expect(dials()).toEqual([id(0x600)]);
    change(0x601, 'suspect');
    change(0x602, 'asleep');
    expect(overlay.passive).toEqual([id(0x600)]);
  });

  it('O2: in a large room with probability 36 / room size', () => {
    for (const [size, taken] of [
      [36, 1],
      [71, 1],
      [72, 0],
      [73, 0],
    ] as const) {
      const { overlay, change } = room(size);
      change(0x600, 'alive');
      expect(overlay.passive).toHaveLength(taken);
    }
  });

  it('O2: in a sampled room, of which the table knows only some, an address is as good as a card', () => {
    for (const [sampled, kept] of [
      [false, 36],
      [true, 28],
    ] as const) {
      const { overlay, change, link } = room(36, 0.5, sampled);
      for (let n = 0; n < 36; n++) change(0x600 + n, 'alive');
      const members = Array.from({ length: 8 }, (_, n) => id(0x900 + n));
      overlay.disconnect(link(1), { type: 'disconnect', members });
      expect(overlay.passive.filter((member) => member < id(0x900))).toHaveLength(kept);
    }
  });

  it('O2: a change of a member linked, or held already, changes nothing', () => {
    const { overlay, link, change } = room(20, 0);
    const neighbour = link(1);
    change(1, 'alive');
    expect(overlay.passive).toEqual([]);
    for (let n = 0; n < 36; n++) change(0x600 + n, 'alive');
    const before = overlay.passive;
    change(0x600, 'alive');
    expect(overlay.passive).toEqual(before);
    expect(neighbour.gone).toBe(false);
  });

  it('O2: who is dead, left or asleep is taken out and not taken in; a suspect stays', () => {
    for (const [state, kept] of [
      ['dead', 0],
      ['left', 0],
      ['asleep', 0],
      ['suspect', 1],
    ] as const) {
      const { overlay, link, change } = room(5);
      change(0x600, 'alive');
      change(0x600, state);
      expect(overlay.passive).toHaveLength(kept);
      const neighbour = link(1);
      neighbour.peers = new Set([id(0x600)]);
      overlay.told(neighbour);
      expect(overlay.passive).toHaveLength(kept);
    }
  });

  it('O2: who is introduced is taken in even if it is held dead here', () => {
    const { overlay, change } = room(5);
    change(0x600, 'dead');
    overlay.introduced([id(0x600)], 'tabs');
    expect(overlay.passive).toEqual([id(0x600)]);
  });

  it('O2: who is absent but in the table stays', () => {
    const { overlay, change } = room(5);
    change(0x600, 'alive');
    overlay.dialFailed(id(0x600), 'absent');
    expect(overlay.passive).toEqual([id(0x600)]);
    change(0x600, 'dead');
    expect(overlay.passive).toEqual([]);
  });
});

describe('help from the rendezvous', () => {
  it('O8: is asked for below the minimum where nobody else is known, but not in a room of so few', () => {
    for (const [size, links, asks] of [
      [20, 4, 0],
      [20, 3, 1],
      [5, 3, 1],
      [4, 3, 0],
    ] as const) {
      const { core, overlay, link } = room(size, 0.9);
      for (let n = 1; n <= links; n++) link(n);
      core.takeEffects();
      core.now = 60_000;
      overlay.introduced([], 'rendezvous');
      expect(core.takeEffects().filter(({ type }) => type === 'rendezvous')).toHaveLength(asks);
    }
  });
});

describe('a link that ends', () => {
  it('O3: earlier failures are forgotten where it was 30 s old, not where it was younger', () => {
    for (const [age, retry] of [
      [30_000, 1000],
      [29_999, 4000],
    ] as const) {
      const { core, overlay, link, part, dials } = room(5);
      for (const at of [0, 10_000]) {
        core.now = at;
        overlay.introduced([id(1)], 'rendezvous');
        overlay.dialFailed(id(1), 'failed');
      }
      core.now = 20_000;
      const neighbour = link(1);
      core.now += age;
      dials();
      part(neighbour, 'lost');
      const lost = core.now;
      expect(core.dueAt('overlay')).toBeLessThanOrEqual(lost + retry);
      core.now = lost + retry - 1;
      overlay.tick();
      expect(dials()).toEqual([]);
      core.now++;
      overlay.tick();
      expect(dials()).toEqual([id(1)]);
    }
  });

  it('O9: how it ended decides when its member is dialled again', () => {
    for (const [parting, urgentMs, calmMs] of [
      ['lost', 1000, 1000],
      ['disconnected', 0, 60_000],
      ['closed', 1000, 60_000],
    ] as const) {
      for (const [others, waitMs] of [
        [0, urgentMs],
        [5, calmMs],
      ] as const) {
        const { core, overlay, link, part, dials } = room(20);
        for (let n = 0; n < others; n++) link(0x10 + n);
        const neighbour = link(1);
        dials();
        part(neighbour, parting);
        if (waitMs > 0) {
          core.now = waitMs - 1;
          overlay.tick();
          expect(dials()).toEqual([]);
          core.now++;
          overlay.tick();
        }
        expect(dials()).toEqual([id(1)]);
      }
    }
  });

  it('O9: who left is neither kept nor dialled', () => {
    const { core, overlay, link, part, dials } = room(5);
    const neighbour = link(1);
    part(neighbour, 'left');
    core.now = 60_000;
    overlay.tick();
    expect(overlay.passive).toEqual([]);
    expect(dials()).toEqual([]);
  });

  it('O3, O4: a link that came up or went without a hello takes no place any more', () => {
    const { core, overlay, part } = room(5);
    overlay.introduced([id(0x600)], 'rendezvous');
    overlay.accepts(id(0x601), true);
    for (const n of [0x600, 0x601]) {
      part(new Neighbour(n, id(n), core.settings, core.stats, 0), 'left');
    }
    const taken = Array.from({ length: 10 }, (_, n) => overlay.accepts(id(0x700 + n), false));
    expect(taken.filter((yes) => yes)).toHaveLength(9);
  });

  it('O4: a dial taken up that is up counts once', () => {
    const { overlay, link } = room(20);
    for (let n = 1; n <= 4; n++) {
      overlay.accepts(id(n), false);
      link(n);
    }
    const taken = Array.from({ length: 10 }, (_, n) => overlay.accepts(id(0x700 + n), false));
    expect(taken.filter((yes) => yes)).toHaveLength(5);
  });
});

describe('time', () => {
  it('O6: the next shuffle is due 30 s ± 50 % after the last', () => {
    for (const [random, ms] of [
      [0, 15_000],
      [0.5, 30_000],
      [1, 45_000],
    ] as const) {
      const { core, overlay, link } = room(20, random);
      for (let n = 1; n <= 6; n++) link(n);
      core.fired('overlay');
      core.now = ms;
      overlay.tick();
      expect(core.dueAt('overlay')).toBe(2 * ms);
    }
  });
});
