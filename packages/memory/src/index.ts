export type { BatchOperation } from './batch.ts';
export { friendlyName } from './friendly-name.ts';
export type { MemoryHost } from './host.ts';
export { Memory } from './memory.ts';
export type { ChangeListener } from './memory.ts';
export { entryId } from './names.ts';
export type { NamespaceInput } from './names.ts';
export { encodeRecords, recordsRule } from './records.ts';
export type {
  Media,
  MemoryRecord,
  ProfileRecord,
  UnknownRecord,
  VersionRecord,
  VersionRef,
} from './records.ts';
export { connectSearchIndex, serveSearchIndex } from './search-remote.ts';
export type { SearchPort } from './search-remote.ts';
export { MiniSearchIndex } from './search.ts';
export type {
  CreateIndex,
  SearchDocument,
  SearchIndex,
  SearchQueryOptions,
  SearchResultItem,
} from './search.ts';
export type * from './types.ts';
