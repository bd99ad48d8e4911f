import { DecodeError, limits } from '@grapevine/wire';
import type { Reader, Writer } from '@grapevine/wire';
import type { InNames, OutNames } from './dictionary.ts';
import {
  list,
  readFloat64,
  readFloats32,
  readName,
  signatureBytes,
  writeFloat64,
  writeFloats32,
  writeName,
  writeSessions,
} from './codec.ts';
import type { Codecs } from './codec.ts';
import type { Card, Metric, Opinion } from './message.ts';

export const proofBytes = 48;
/** Registers of a count, a sum of positive or one of negative values (A3). */
export const registers = 128;
/** Of one extrema message: count, positive and negative sum. */
const vectors = 3;
/** Members a probe comes over at most: who asks, two relays, and who is linked to the one asked (M13). */
export const probeWay = 4;
/** By the number that stands for each; the later holds against the earlier (M2). */
export const cardStates = ['alive', 'asleep', 'left'] as const;

/** The part of a card that changes, as it travels and as it is signed (M2). */
export function writeStatement(w: Writer, card: Card): void {
  w.varint(card.incarnation).u8(cardStates.indexOf(card.state)).u8(card.health);
  w.varbytes(card.info).varint(card.metrics.length);
  for (const { name, value } of card.metrics) {
    w.varstring(name);
    writeFloat64(w, value);
  }
}

function readMetric(r: Reader): Metric {
  const metric = { name: r.varstring(limits.metricNameBytes), value: readFloat64(r) };
  if (!Number.isFinite(metric.value)) throw new DecodeError('not a number');
  return metric;
}

const noMetrics: readonly Metric[] = [];

function readMetrics(r: Reader): readonly Metric[] {
  const length = r.varint(limits.metrics);
  return length === 0 ? noMetrics : Array.from({ length }, () => readMetric(r));
}

function writeOpinion(
  w: Writer,
  message: Opinion & { signature: Uint8Array },
  names: OutNames,
): void {
  writeName(w, message.by, names);
  writeName(w, message.about, names);
  w.varint(message.incarnation).varint(message.number).varint(message.degree);
  w.bytes(message.signature);
}

function readOpinion<T extends 'suspect' | 'vouch'>(
  type: T,
  r: Reader,
  names: InNames,
): { type: T; signature: Uint8Array } & Opinion {
  return {
    type,
    by: readName(r, names),
    about: readName(r, names),
    incarnation: r.varint(),
    number: r.varint(),
    degree: r.varint(),
    signature: r.bytes(signatureBytes),
  };
}

/** Views into the registers, and the bit that says a vector is there: without a value all are infinite. */
function vectorsOf(minima: Float32Array): { bit: number; values: Float32Array }[] {
  return Array.from({ length: vectors }, (_, index) => {
    const values = minima.subarray(index * registers, (index + 1) * registers);
    return { bit: 1 << index, values };
  });
}

/** Who is here and how well, and what the room adds up to. */
export const memberCodecs: Codecs<
  'alive' | 'suspect' | 'vouch' | 'gone' | 'probe' | 'probeReply' | 'extrema'
> = {
  alive: {
    code: 28,
    write: (w, message) => {
      w.hex(message.session).bytes(message.proof);
      writeStatement(w, message);
      w.bytes(message.signature);
    },
    read: (r) => {
      const session = r.session();
      const proof = r.bytes(proofBytes);
      const incarnation = r.varint();
      const state = cardStates[r.u8()];
      if (state === undefined) throw new DecodeError('unknown state');
      const health = r.u8();
      const info = r.varbytes(limits.infoBytes);
      const metrics = readMetrics(r);
      const signature = r.bytes(signatureBytes);
      return {
        type: 'alive',
        session,
        proof,
        incarnation,
        state,
        health,
        info,
        metrics,
        signature,
      };
    },
  },
  suspect: {
    code: 29,
    write: writeOpinion,
    read: (r, names) => readOpinion('suspect', r, names),
  },
  vouch: {
    code: 30,
    write: writeOpinion,
    read: (r, names) => readOpinion('vouch', r, names),
  },
  gone: {
    code: 33,
    write: (w, { session, incarnation }, names) => {
      writeName(w, session, names);
      w.varint(incarnation);
    },
    read: (r, names) => ({ type: 'gone', session: readName(r, names), incarnation: r.varint() }),
  },
  probe: {
    code: 34,
    write: (w, { about, nonce, relays, path }) => {
      w.hex(about).varint(nonce).u8(relays);
      writeSessions(w, path);
    },
    read: (r) => {
      const about = r.session();
      const nonce = r.varint();
      const relays = r.u8();
      const path = list(r, () => r.session(), probeWay);
      if (path.length === 0 || relays + path.length > probeWay) throw new DecodeError('not a way');
      return { type: 'probe', about, nonce, relays, path };
    },
  },
  probeReply: {
    code: 35,
    write: (w, { session, nonce, signature, path }) => {
      w.hex(session).varint(nonce).bytes(signature);
      writeSessions(w, path);
    },
    read: (r) => ({
      type: 'probeReply',
      session: r.session(),
      nonce: r.varint(),
      signature: r.bytes(signatureBytes),
      path: list(r, () => r.session(), probeWay),
    }),
  },
  extrema: {
    code: 31,
    write: (w, { name, epoch, min, max, minima }) => {
      w.varstring(name).varint(epoch);
      writeFloat64(w, min);
      writeFloat64(w, max);
      const present = vectorsOf(minima).filter(({ values }) => values.some(Number.isFinite));
      w.u8(present.reduce((bits, { bit }) => bits | bit, 0));
      for (const { values } of present) writeFloats32(w, values);
    },
    read: (r) => {
      const name = r.varstring(limits.metricNameBytes);
      const epoch = r.varint(0xffff_ffff);
      const min = readFloat64(r);
      const max = readFloat64(r);
      const minima = new Float32Array(vectors * registers).fill(Infinity);
      const present = r.u8();
      for (const { bit, values } of vectorsOf(minima)) {
        if (present & bit) values.set(readFloats32(r, registers));
      }
      const none = min === Infinity && max === -Infinity;
      const some = Number.isFinite(min) && Number.isFinite(max) && min <= max;
      if (!(none || some) || minima.some((x) => !(x >= 0))) throw new DecodeError('not a minimum');
      return { type: 'extrema', name, epoch, min, max, minima };
    },
  },
};
