import type { Storage, StorageProblem, StoredRoom } from '@grapevine/ports';
import { createVirtualClock, freshTopic } from '@grapevine/ports/conformance';
import type { VirtualClock } from '@grapevine/ports/conformance';
import { GrapevineError } from '@grapevine/wire';
import { createIndexedDbStorage } from '../index.ts';
import { Disk } from './disk.ts';

type Code = StorageProblem['code'] | undefined;

/** Writes down the problems of one storage, and lets a test wait for one. */
export class ProblemLog {
  readonly codes: Code[] = [];
  #waiting: { code: Code; resolve: () => void }[] = [];

  readonly report = (problem: StorageProblem | undefined): void => {
    const code = problem?.code;
    this.codes.push(code);
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((one) => one.code !== code);
    for (const one of waiting) if (one.code === code) one.resolve();
  };

  /** Resolves when `code` stands (undefined: none does), at once where it does already. */
  until(code: Code): Promise<void> {
    if (this.codes.at(-1) === code) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ code, resolve });
    });
  }
}

export interface Tab {
  disk: Disk;
  clock: VirtualClock;
  topic: string;
  storage: Storage;
  room: StoredRoom;
  problems: ProblemLog;
}

/** A storage that is open, by default on a disk and for a room of its own. */
export async function openTab(disk = new Disk(), topic = freshTopic()): Promise<Tab> {
  const clock = createVirtualClock();
  const storage = createIndexedDbStorage({ indexedDB: disk, clock });
  const problems = new ProblemLog();
  const room = await storage.open(topic, problems.report);
  return { disk, clock, topic, storage, room, problems };
}

/** The code of the GrapevineError that `doing` rejects with. */
export async function codeOf(doing: Promise<unknown>): Promise<string> {
  const outcome: unknown = await doing.then(
    () => 'no error',
    (error: unknown) => error,
  );
  return outcome instanceof GrapevineError ? outcome.code : String(outcome);
}
