import { limits } from '@grapevine/wire';
import { publicKeyBytes, signatureBytes } from '../crypto/crypto.ts';
import { saltBytes } from '../session.ts';
import type { RawDelta } from './codec.ts';
import { deltaKind } from './delta.ts';
import type { Delta, PayloadRule } from './delta.ts';
import { fullDeltaBytes, utf8Bytes } from './size.ts';

/** Payload rules by delta kind. A kind without one is checked by its header alone. */
export type Rules = ReadonlyMap<number, PayloadRule>;

/** What the payload rules know of a feed's prefix, by kind. Never changed, only replaced. */
export type RuleStates = ReadonlyMap<number, unknown>;

export const noStates: RuleStates = new Map();

/** What deciding a delta takes of its feed: PROTOCOL.md L7. */
export interface Prefix {
  /** Of the last delta. */
  hlc: number;
  states: RuleStates;
}

export type Validity = { valid: true; prefix: Prefix } | { valid: false; reason: string };

/**
 * Decides L2-L4 and the payload rules for a delta behind at least one other. Pure: no clock, no
 * quota.
 */
export function checkDelta(
  prefix: Prefix,
  delta: Delta,
  payloadLength: number,
  rules: Rules,
): Validity {
  const reason = checkHeader(prefix, delta) ?? checkLimits(delta, payloadLength);
  if (reason !== undefined) return { valid: false, reason };
  const rule = rules.get(delta.kind);
  if (rule === undefined) {
    return { valid: true, prefix: { hlc: delta.hlc, states: prefix.states } };
  }
  const verdict = rule(delta, prefix.states.get(delta.kind));
  if (!verdict.valid) return verdict;
  return {
    valid: true,
    prefix: { hlc: delta.hlc, states: withState(prefix, delta, verdict.state) },
  };
}

/** What the rules know after deltas that were found valid before. */
export function replay(deltas: Iterable<Delta>, rules: Rules): Prefix {
  let prefix: Prefix = { hlc: 0, states: noStates };
  for (const delta of deltas) {
    const verdict = rules.get(delta.kind)?.(delta, prefix.states.get(delta.kind));
    const states = verdict?.valid ? withState(prefix, delta, verdict.state) : prefix.states;
    prefix = { hlc: delta.hlc, states };
  }
  return prefix;
}

function withState(prefix: Prefix, delta: Delta, state: unknown): RuleStates {
  if (prefix.states.get(delta.kind) === state) return prefix.states;
  return new Map(prefix.states).set(delta.kind, state);
}

function checkHeader(prefix: Prefix, delta: Delta): string | undefined {
  if (delta.hlc <= prefix.hlc) return 'L2: its time does not rise';
  if (delta.kind === deltaKind.open) return 'L2: a second opening';
  if (delta.kind === deltaKind.records && delta.document !== '') {
    return 'L3: records name a document';
  }
  if (delta.kind !== deltaKind.yjs) return undefined;
  const length = utf8Bytes(delta.document);
  if (length < 1 || length > limits.documentBytes)
    return 'L3: the document name is too short or long';
  return undefined;
}

function checkLimits(delta: Delta, payloadLength: number): string | undefined {
  if (delta.values.length > limits.deltaValues) return 'L4: too many values';
  if (delta.values.some(({ size }) => size > limits.valueBytes)) return 'L4: a value is too large';
  if (payloadLength > limits.payloadBytes) return 'L4: the payload is too large';
  if (fullDeltaBytes(delta) > limits.deltaBytes) return 'L4: the delta is too large';
  return undefined;
}

/** What a feed's first delta says (L1). */
export interface Opening {
  authorKey: Uint8Array;
  salt: Uint8Array;
  certificate: Uint8Array;
}

/** L1 as far as it shows in the delta itself. */
export function readOpening(delta: RawDelta): Opening | undefined {
  const { kind, document, body, values } = delta;
  if (kind !== deltaKind.open || document !== '' || values.length > 0) return undefined;
  if (body.length !== publicKeyBytes + saltBytes + signatureBytes) return undefined;
  return {
    authorKey: body.slice(0, publicKeyBytes),
    salt: body.slice(publicKeyBytes, publicKeyBytes + saltBytes),
    certificate: body.slice(publicKeyBytes + saltBytes),
  };
}
