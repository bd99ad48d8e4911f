/** Why the server refuses something; counted, told where possible, and never explained further. */
export const refusalCodes = [
  'address-full',
  'already-joined',
  'join-timeout',
  'malformed',
  'member-taken',
  'not-joined',
  'origin',
  'rate-limited',
  'server-full',
  'slow-reader',
  'too-large',
  'topic-full',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** The close code that goes with a refusal; its reason is the refusal's code. */
export function closeCodeOf(code: RefusalCode): number {
  switch (code) {
    case 'too-large':
      return 1009;
    case 'address-full':
    case 'server-full':
    case 'topic-full':
      return 1013;
    default:
      return 1008;
  }
}

/** ws marks what broke a limit with its own codes; everything else it rejects is malformed. */
export function refusalOf(error: Error): RefusalCode {
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
      return 'too-large';
    default:
      return 'malformed';
  }
}
