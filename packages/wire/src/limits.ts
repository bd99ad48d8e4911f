/** Every limit of the protocol, with its unit in the name. PROTOCOL.md section 14 is this file in words. */
export const limits = {
  frameBytes: 65_536,
  runBytes: 61_568,
  deltaBytes: 61_440,
  payloadBytes: 49_152,
  inlineValueBytes: 32_768,
  valueBytes: 67_108_864,
  valueChunkBytes: 16_384,
  runDeltas: 512,
  deltaValues: 256,
  parents: 64,
  namespaceBytes: 512,
  namespaceSegments: 16,
  segmentBytes: 128,
  keyBytes: 512,
  attributesBytes: 8_192,
  documentBytes: 128,
  nameCharacters: 64,
  infoBytes: 512,
  ephemeralBytes: 16_384,
  /** Signed, sealed, padded and in base64url it must fit one 32 KiB message of the signaling server. */
  signalBytes: 23_800,
  sealedSignalBytes: 24_110,
  linkUnackedBytes: 1_048_576,
  linkRumourQueueBytes: 524_288,
  parkedRunsPerFeed: 64,
  parkedBytes: 4_194_304,
  causalBufferDeltas: 4_096,
  causalBufferBytes: 16_777_216,
  linkNames: 65_536,
  linkedMembers: 9,
  /** Addresses in a shuffle or a disconnect. */
  addresses: 64,
  /** Members a shuffle walks over. */
  walkMembers: 8,
  /** Neighbours one member may name: a full active view and what is coming and going. */
  toldPeers: 256,
  /** Relays of a signal before the last hop. */
  signalRelays: 1,
  metrics: 16,
  metricNameBytes: 64,
  transportChunkBytes: 65_600,
} as const;
