import type { StorageProblem } from '@grapevine/ports';
import { GrapevineError } from '@grapevine/wire';

/**
 * What a failure asks for. `full`: keep and retry. `lost`: reopen and replay; every error that is not known to be final is one, because WebKit
 * severs live connections of background tabs with whatever error is at hand (research: Expensify/App#87864).
 * `newer`, `unavailable`: go on in memory.
 */
export type Fault = 'full' | 'newer' | 'unavailable' | 'lost';

export function faultOf(error: unknown): Fault {
  if (error instanceof GrapevineError && error.code === 'storage-unavailable') return 'unavailable';
  switch (error instanceof Error ? error.name : '') {
    case 'QuotaExceededError':
      return 'full';
    case 'VersionError':
      return 'newer';
    case 'SecurityError':
    case 'NotAllowedError':
    case 'NotSupportedError':
      return 'unavailable';
    default:
      return 'lost';
  }
}

function words(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'no reason given';
}

export const problems = {
  full: (): StorageProblem => ({
    code: 'storage-full',
    message: 'This device has no room left, so the latest changes are held in memory only.',
    action: 'Free some disk space and keep this tab open until this message goes.',
  }),
  blocked: (): StorageProblem => ({
    code: 'storage-blocked',
    message: 'Another tab holds an older version of this room open.',
    action: 'Close or reload the other tabs of this room.',
  }),
  lost: (error: unknown): StorageProblem => ({
    code: 'storage-lost',
    message: `The browser took the saved room away (${words(error)}). It is being reopened.`,
    action: 'Keep this tab open; reload it if this message stays.',
  }),
  newer: (): StorageProblem => ({
    code: 'storage-newer',
    message:
      'This room was saved here by a newer version of Grapevine, which this page cannot read.',
    action: 'Reload the page to get the newer version. Until then nothing is saved on this device.',
  }),
  unavailable: (error: unknown): StorageProblem => ({
    code: 'storage-unavailable',
    message: `This browser does not let the page save anything (${words(error)}).`,
    action:
      'Leave private browsing or allow site data, then reload. Until then the room lives in memory only.',
  }),
};

const errors = {
  full: () =>
    new GrapevineError(
      'storage-full',
      'This device has no room left: the write is held in memory and tried again every 5 seconds.',
      'Free some disk space and keep this tab open.',
    ),
  overflow: () =>
    new GrapevineError(
      'storage-overflow',
      'The write was not kept: too much waits in memory to be saved already.',
      'Free some disk space, then write it again.',
    ),
  lost: (cause: unknown) =>
    new GrapevineError(
      'storage-lost',
      `The saved room cannot be read at the moment (${words(cause)}).`,
      'Try again; reload the page if it stays so.',
      { cause },
    ),
  closed: () =>
    new GrapevineError('storage-closed', 'The storage is not open.', 'Open the room again first.'),
  open: () => new GrapevineError('storage-open', 'The storage is open already.', 'Close it first.'),
  notCloneable: (name: string, cause: unknown) =>
    new GrapevineError(
      'setting-not-cloneable',
      `The setting ${name} holds something that cannot be saved.`,
      'Give a structured-cloneable value.',
      { cause },
    ),
  malformed: (what: string) =>
    new GrapevineError(
      'storage-malformed',
      `A ${what} of the wrong shape was to be written; nothing was.`,
      'This is a defect of the caller: report it.',
    ),
};

export { errors as storageErrors };

/** Worst first: the port tells of one problem at a time. */
const severity: readonly StorageProblem['code'][] = [
  'storage-unavailable',
  'storage-newer',
  'storage-lost',
  'storage-blocked',
  'storage-full',
];

/** The problems that stand; reports the worst one whenever that changes, undefined when none is left. */
export class ProblemBoard {
  readonly #standing = new Map<StorageProblem['code'], StorageProblem>();
  readonly #report: (problem: StorageProblem | undefined) => void;
  #shown: StorageProblem | undefined;
  #silent = false;

  constructor(report: (problem: StorageProblem | undefined) => void) {
    this.#report = report;
  }

  has(code: StorageProblem['code']): boolean {
    return this.#standing.has(code);
  }

  raise(problem: StorageProblem): void {
    if (this.#standing.has(problem.code)) return;
    this.#standing.set(problem.code, problem);
    this.#show();
  }

  clear(code: StorageProblem['code']): void {
    if (this.#standing.delete(code)) this.#show();
  }

  /** Reports nothing more. */
  silence(): void {
    this.#silent = true;
  }

  #show(): void {
    if (this.#silent) return;
    const code = severity.find((one) => this.#standing.has(one));
    const worst = code === undefined ? undefined : this.#standing.get(code);
    if (worst === this.#shown) return;
    this.#shown = worst;
    this.#report(worst);
  }
}
