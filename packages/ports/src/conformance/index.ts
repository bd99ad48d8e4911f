export * from './link-pair.ts';
export * from './memory-transport.ts';
export * from './transport.ts';
export * from './memory-storage.ts';
export * from './storage.ts';
export * from './virtual-clock.ts';
export * from './signaling.ts';
export * from './fresh.ts';
