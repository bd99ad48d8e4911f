import type { Settings } from '@grapevine/gossip';
import type { Distribution } from './distribution.ts';

/** What a run's world is like: everything that does not change while it runs. */
export interface WorldOptions {
  seed: number;
  /** Of each direction of a link, drawn once. */
  latencyMs: Distribution;
  /** On top, of each frame; never lets one frame overtake another. */
  jitterMs: Distribution;
  bytesPerSecond: number;
  /** Time a verdict on a run takes. */
  validationMs: Distribution;
  /** From an answered offer to an open channel. */
  handshakeMs: Distribution;
  /** After which a dial nobody answers has failed. */
  dialTimeoutMs: readonly [number, number];
  /** After which the transport notices that nothing comes through any more. */
  lossNoticeMs: readonly [number, number];
  /** Probability that a handshake comes to nothing. */
  handshakeFailure: number;
  /** Share of pairs that no network path joins. */
  unconnectable: number;
  /** Probability that an offer is lost on its way. */
  signalLoss: number;
  /** Probability that an offer comes twice: two links to one member. */
  signalDuplicate: number;
  /** Samples and offers the rendezvous carries. */
  introductionsPerSecond: number;
  /** Clocks differ by up to this. */
  clockSkewMs: number;
  /** Clocks run fast or slow by up to this, parts in a million. */
  clockDriftPpm: number;
  /** Share of timers that go off late, and by how much on average. */
  lateTimers: { share: number; meanMs: number };
  /** Share of frames before which the channel stands still, and for how long. */
  stalledSends: { share: number; ms: readonly [number, number] };
  settings: Partial<Settings>;
}

const nothing: Distribution = { kind: 'constant', ms: 0 };

/** A world without faults, but with distances. */
export const defaultWorld: WorldOptions = {
  seed: 1,
  /** Plumtree's and HyParView's simulations lie in this range; so do links across a continent. */
  latencyMs: { kind: 'uniform', low: 10, high: 100 },
  jitterMs: nothing,
  /** What a data channel was measured to move. */
  bytesPerSecond: 11_000_000,
  validationMs: nothing,
  /** ICE, DTLS and the members' own handshake: four round trips or more. Guess. */
  handshakeMs: { kind: 'uniform', low: 150, high: 600 },
  /** Guess: what a person would still wait for. */
  dialTimeoutMs: [8000, 12_000],
  /** Consent to send runs out after 30 s (RFC 7675); Chromium gives a peer up after 15 to 30 s. */
  lossNoticeMs: [15_000, 30_000],
  handshakeFailure: 0,
  unconnectable: 0,
  signalLoss: 0,
  signalDuplicate: 0,
  introductionsPerSecond: 200,
  clockSkewMs: 0,
  clockDriftPpm: 0,
  lateTimers: { share: 0, meanMs: 0 },
  stalledSends: { share: 0, ms: [0, 0] },
  settings: {},
};
