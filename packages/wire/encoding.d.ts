/**
 * The only globals beyond ES2023 that the pure packages use. Browsers and Node both have them, and
 * they know neither clock nor chance. Declared here because the libraries that bring them also
 * bring everything else.
 */
declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: 'utf-8', options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: Uint8Array): string;
}
