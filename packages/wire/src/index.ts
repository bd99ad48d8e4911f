export * from './base64url.ts';
export * from './bytes.ts';
export * from './error.ts';
export * from './ids.ts';
export * from './limits.ts';
export * from './reader.ts';
export * from './writer.ts';
