import type { AwarenessBridge, Log, Session } from '@grapevine/replica';
import type { Aggregates } from './aggregates.ts';
import type { AuthorKeys } from './author-keys.ts';
import { contain, report } from './contain.ts';
import type { Effects, GossipDriver } from './gossip-driver.ts';
import type { Ledger } from './ledger.ts';
import type { Introductions } from './introductions.ts';
import type { Connector } from './links/connector.ts';
import type { Members } from './members.ts';
import type { ValueRequests } from './value-requests.ts';
import type { Values } from './values.ts';

/** The parts of a room that the gossip core acts on; looked up when it does, for they are made after one another. */
export interface Parts {
  readonly log: Log;
  readonly ledger: Ledger;
  readonly values: Values;
  readonly driver: GossipDriver;
  readonly connector: Connector;
  readonly introductions: Introductions;
  readonly members: Members;
  readonly authorKeys: AuthorKeys;
  readonly aggregates: Aggregates;
  readonly presence: AwarenessBridge;
}

interface EffectsOptions {
  requests: ValueRequests;
  session: Session;
  onSync(sync: { inSyncWith: number; neighbours: number; pending: number }): void;
  onMembers(): void;
  /** A member has come, or come back. */
  onCameIn(): void;
}

/** What the gossip core asks for, done. Every question is answered, whatever happens to whoever was asked: the core waits for it. */
export function createEffects(parts: Parts, options: EffectsOptions): Effects {
  const { requests, session: self } = options;
  return {
    validate: ({ id, what, session, bytes }) => {
      parts.ledger.receive(what, session, bytes).then(
        (verdict) => parts.driver.handle({ type: 'validated', id, ...verdict }),
        (error) => {
          report(error);
          const feed = parts.log.feed(session);
          parts.driver.handle({ type: 'validated', id, verdict: 'known', feed });
        },
      );
    },
    readRuns: ({ id, session, from, to, maxBytes }) => {
      const end = from === 0 ? parts.log.endMark(session) : undefined;
      const runs = from === 0 ? [] : parts.log.readRuns(session, from, to, maxBytes);
      parts.driver.handle({ type: 'runsRead', id, runs, end });
    },
    readValue: ({ id, hash, offset, length }) => {
      const answer = (salted: Uint8Array | undefined) => {
        const bytes = salted?.subarray(offset, offset + length);
        parts.driver.handle({ type: 'valueRead', id, bytes, size: salted?.length ?? 0 });
      };
      // What storage does not give is not here: another member may have it.
      parts.values.read(hash).then(answer, () => answer(undefined));
    },
    valueChunk: ({ hash, size, offset, bytes }) => {
      const whole = parts.values.receive(hash, size, offset, bytes);
      if (whole === undefined) return;
      if (whole === 'bad') return requests.ask(hash, size);
      requests.done(hash);
      parts.ledger.valueArrived(hash, whole);
    },
    member: (seen) => {
      const { member, state } = seen;
      if (parts.members.update(seen)) options.onCameIn();
      if (state === 'left' || state === 'dead') {
        contain(() => parts.presence.remove(member));
        parts.connector.forget(member);
      }
      options.onMembers();
    },
    ephemeral: ({ from, channel, bytes }) => {
      if (channel === 'awareness') contain(() => parts.presence.receive(from, bytes));
    },
    signal: ({ from, bytes }) => parts.connector.receive(from, bytes, 'mesh'),
    unreachable: ({ to }) => parts.connector.absent(to, 'mesh'),
    dial: ({ member, urgent }) => parts.connector.dial(member, urgent),
    rendezvous: () => parts.introductions.ask(),
    sign: ({ id, bytes }) => {
      self.key.sign(bytes).then(
        (signature) => parts.driver.handle({ type: 'signed', id, signature }),
        (error) => {
          report(error);
          parts.driver.handle({ type: 'signed', id, signature: undefined });
        },
      );
    },
    verify: ({ id, ...claim }) => {
      parts.authorKeys.verify(claim).then(
        (ok) => parts.driver.handle({ type: 'verified', id, ok }),
        (error) => {
          report(error);
          parts.driver.handle({ type: 'verified', id, ok: undefined });
        },
      );
    },
    aggregate: (effect) => parts.aggregates.changed(effect),
    sync: ({ inSyncWith, neighbours, pending }) =>
      options.onSync({ inSyncWith, neighbours, pending }),
  };
}
