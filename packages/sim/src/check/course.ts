import { defaultSettings } from '@grapevine/gossip';
import { limits } from '@grapevine/wire';
import type { Recorder } from '../metrics/recorder.ts';
import type { SimMember } from '../world/member.ts';
import type { World } from '../world/world.ts';
import type { Violation } from './violation.ts';

/** Tombstones (PROTOCOL.md section 14). */
const tombstones = 4096;

/** What a member may hold at any moment (PROTOCOL.md section 14). */
export function* caps({ index, node }: SimMember): Generator<Violation> {
  const { parkedBytes, queuedBytes, unackedBytes } = node.load();
  const held: readonly [string, number, number][] = [
    // What is urgent may exceed the window; it is small.
    ['unacknowledged bytes', unackedBytes, limits.linkUnackedBytes + limits.frameBytes],
    // One call may fill a queue beyond its cap by what it is given at once: one serving.
    ['queued bytes', queuedBytes, limits.linkRumourQueueBytes + defaultSettings.bulkInFlightBytes],
    ['parked bytes', parkedBytes, limits.parkedBytes],
  ];
  for (const [what, value, limit] of held) {
    if (value <= limit) continue;
    yield { check: 'caps', text: `member ${index} has ${value} ${what}; ${limit} are allowed` };
  }
}

/** Sizes of tables; and what a member knows of another never gets older (P5). */
export class TableWatch {
  /** By member, then by the member it knows: the incarnation. */
  readonly #incarnations: number[][] = [];

  *look(world: World, member: SimMember): Generator<Violation> {
    const members = member.node.members();
    const gone = members.filter(({ state }) => state === 'dead' || state === 'left').length;
    const { knownMembers = defaultSettings.knownMembers } = world.options.settings;
    if (members.length - gone > knownMembers || gone > tombstones) {
      const text = `member ${member.index} keeps ${members.length} members, ${gone} of them gone`;
      yield { check: 'caps', text };
    }
    const known = (this.#incarnations[member.index] ??= []);
    for (const { id, incarnation } of members) {
      const subject = world.byId.get(id)?.index;
      if (subject === undefined) continue;
      const before = known[subject] ?? 0;
      if (incarnation < before) {
        const text = `member ${member.index} went back from incarnation ${before} of ${subject} to ${incarnation}`;
        yield { check: 'incarnations', text };
      }
      known[subject] = incarnation;
    }
  }
}

/** What the whole course of a run must not show. */
export function* course(recorder: Recorder): Generator<Violation> {
  for (const { at, observer, subject } of recorder.deaths.wrong) {
    const text = `member ${observer} held ${subject}, which lived, for dead at ${Math.round(at)} ms`;
    yield { check: 'false death', text };
  }
  for (const text of recorder.tap.twice) yield { check: 'G3', text: `pushed twice: ${text}` };
  for (const text of recorder.rejections) yield { check: 'validity', text };
  const breaches = recorder.closes.get('protocol') ?? 0;
  if (breaches === 0) return;
  yield { check: 'protocol', text: `${breaches} links closed for a breach, among honest members` };
}
