/**
 * What the room asks of the world, and nothing more. Adapters implement these; `@grapevine/ports/conformance` says
 * what each must do. They stand in a package of their own so that the room may default to the browser's adapters without a cycle.
 */
export type { Clock, Random } from './host.ts';
export type { Link, LinkQuality, PendingLink, Transport } from './transport.ts';
export type { Signaling, SignalingEvents, SignalingState } from './signaling.ts';
export type { DeltaRow, EndRow, Storage, StorageProblem, StoredRoom } from './storage.ts';
export { BaseLink } from './base-link.ts';
export { systemClock } from './system-clock.ts';
