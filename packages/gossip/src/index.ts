export type { Config, Identity, Settings } from './config.ts';
export { checkRoomSettings, defaultSettings, settingRanges } from './config.ts';
export type {
  Aggregate,
  Feed,
  InEvent,
  LinkId,
  MemberState,
  OutEvent,
  RoomSettings,
  Run,
  Stats,
  Timer,
  Verdict,
} from './event.ts';
export type { Member } from './membership/liveness.ts';
export { GossipNode } from './node.ts';
