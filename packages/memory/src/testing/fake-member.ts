import { deltaKind, sha256, type Delta, type DeltaValue } from '@grapevine/replica';
import { GrapevineError, concat, limits, toHex, utf8, type ValueHash } from '@grapevine/wire';
import type { MemoryHost } from '../host.ts';
import { Memory } from '../memory.ts';
import type { CreateIndex } from '../search.ts';

/** Time that only tests move. */
export class FakeClock {
  static readonly start = Date.UTC(2026, 0, 1);
  ms = FakeClock.start;
  #last = 0;

  /** Above all it has given before, as an honest hybrid clock. */
  tick(): number {
    this.#last = Math.max(this.#last + 1, this.ms * 1024);
    return this.#last;
  }
}

interface FakeOptions {
  search?: CreateIndex;
  /** What saving a delta takes; default nothing. */
  save?: () => Promise<void>;
}

/**
 * A member without signatures, links or disk: its deltas are in `log` for a test to hand to others
 * in any order.
 */
export class FakeMember {
  readonly memory: Memory;
  readonly session: string;
  readonly author: string;
  readonly clock: FakeClock;
  readonly log: Delta[] = [];
  readonly stored = new Map<ValueHash, Uint8Array>();
  isReadOnly = false;
  /** The disk fails: reads of values reject. */
  failReads = false;
  inFlight = 0;
  mostInFlight = 0;
  reads = 0;

  constructor(name: string, clock: FakeClock, options: FakeOptions = {}) {
    this.clock = clock;
    this.session = toHex(sha256(utf8(`session ${name}`)).subarray(0, 16));
    this.author = toHex(sha256(utf8(`author ${name}`)).subarray(0, 16));
    const host: MemoryHost = {
      self: { author: this.author, session: this.session },
      append: async (body, values) => {
        if (this.isReadOnly) throw new GrapevineError('read-only', 'Reads only.', 'Ask.');
        const delta = this.#delta(body, values, clock.tick());
        this.log.push(delta);
        this.memory.apply([delta], true);
        this.inFlight += 1;
        this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
        await options.save?.();
        this.inFlight -= 1;
        return { session: delta.session, seq: delta.seq, hlc: delta.hlc };
      },
      readValue: async (hash) => {
        this.reads += 1;
        if (this.failReads) throw new GrapevineError('storage-lost', 'The disk is gone.', 'Wait.');
        return this.stored.get(hash);
      },
      now: () => clock.ms,
    };
    this.memory = new Memory(host, options.search);
  }

  /**
   * Hands everything this member wrote from `from` on to the others, values that travel apart left
   * out.
   */
  tell(others: readonly FakeMember[], from = 0): void {
    for (const other of others) other.memory.apply(this.log.slice(from), false);
  }

  /** Hands over the detached values this member has. */
  tellValues(other: FakeMember): void {
    for (const [hash, bytes] of this.stored) {
      other.stored.set(hash, bytes);
      other.memory.valueArrived(hash);
    }
  }

  #delta(body: Uint8Array, values: readonly Uint8Array[], hlc: number): Delta {
    const seq = this.log.length + 1;
    return {
      ...{ session: this.session, author: this.author, seq, hlc, kind: deltaKind.records },
      ...{ document: '', body, hash: sha256(body) },
      values: values.map((value, i) => this.#value(value, `${this.session} ${seq} ${i}`)),
    };
  }

  #value(value: Uint8Array, salt: string): DeltaValue {
    const salted = concat(sha256(utf8(salt)).subarray(0, 16), value);
    const hash = toHex(sha256(salted));
    const isInline = value.length <= limits.inlineValueBytes;
    if (!isInline) this.stored.set(hash, value.slice());
    return { hash, size: value.length, salted: isInline ? salted : undefined };
  }
}

/** Members of one room with one clock. */
export function fakeRoom(...names: readonly string[]): {
  clock: FakeClock;
  members: FakeMember[];
} {
  const clock = new FakeClock();
  return { clock, members: names.map((name) => new FakeMember(name, clock)) };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
