/** Limits of this package alone: they bind what this replica does, never what it accepts. */
export const memoryLimits = {
  /**
   * Inline value bytes after which a delta is closed. Source: leaves room for ids and attributes in
   * 60 KiB.
   */
  batchInlineBytes: 40_960,
  /**
   * Appends under way at once in an import or a batch. Source: guess; hides the latency of a disk
   * write.
   */
  appendsInFlight: 4,
  /**
   * Items an import or export handles before it lets the page breathe. Source: guess, about 5 ms.
   */
  itemsPerTurn: 64,
  pageDefault: 50,
  pageMax: 1_000,
  searchDefault: 10,
  /** Hits reachable by turning pages. Source: guess; nobody reads further. */
  searchDepth: 1_000,
  /**
   * Detached bytes read for one page, history or list; a page ends early instead of growing.
   * Source: guess.
   */
  pageValueBytes: 16_777_216,
  /** Characters of a query. Source: guess. */
  queryCharacters: 1_024,
  /**
   * Characters of a value that are indexed. Source: guess; well above a note, bounded for a log.
   */
  searchTextCharacters: 65_536,
  /**
   * Documents handed to the search index in one slice. Source: measured, about 5 ms in MiniSearch.
   */
  searchSliceDocuments: 50,
  /** Requests that may wait for a search worker. Source: guess. */
  searchRequests: 1_024,
  /** Steps of comparing lines in the merges of one entry. Source: measured, 0.1 s at the worst. */
  mergeWork: 100_000_000,
  /** Heads that are folded together; beyond it they are a conflict. Source: guess. */
  mergeHeads: 16,
  /** Versions whose descent is compared; beyond it they are a conflict. Source: guess. */
  mergeCores: 256,
  /** Merges inside the history of a merge. Source: guess; a person makes one or two. */
  mergeDepth: 16,
  /** Nesting of a JSON value. Source: guess; far below what overflows a stack. */
  jsonDepth: 512,
  /** Problems listed in an import report; beyond it they are counted in the last one. */
  importProblems: 1_000,
  /** Bytes of a file name on export: 255 is the file systems' limit. */
  fileNameBytes: 200,
} as const;
