export type { Config, Identity, Settings } from './config.ts';
export { defaultSettings } from './config.ts';
export type {
  Feed,
  InEvent,
  LinkId,
  MemberState,
  OutEvent,
  Run,
  Stats,
  Timer,
  Verdict,
} from './event.ts';
export type { Member } from './liveness.ts';
export { GossipNode } from './node.ts';
