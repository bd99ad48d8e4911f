export { joinRoom } from './join.ts';
export type * from './types.ts';
export type { Aggregate } from '@grapevine/gossip';
export type {
  Actor,
  ActorKind,
  CreateIndex,
  Entry,
  FolderFile,
  ImportOptions,
  ImportProblem,
  ImportReport,
  Json,
  ListOptions,
  LongTaskOptions,
  NamespaceSummary,
  Operation,
  Page,
  Progress,
  PutOptions,
  SearchHit,
  SearchIndex,
  SearchOptions,
  Value,
  Version,
  WatchEvent,
  Written,
} from '@grapevine/memory';
export { GrapevineError } from '@grapevine/wire';
