import type { Worker } from 'node:worker_threads';
import { exceptionOf } from './job.ts';
import type { Job, JobResult } from './job.ts';

/** A thread that does one job at a time. A job it does not survive is a run that failed. */
export class Thread {
  readonly #worker: Worker;
  #finish: ((result: JobResult) => void) | undefined;
  #end: JobResult | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (result: JobResult) => this.#finish?.(result));
    worker.on('error', (error) => this.#ended(error));
    worker.on('exit', (code) => this.#ended(new Error(`The thread ended with code ${code}.`)));
  }

  /** It does nothing any more. */
  get over(): boolean {
    return this.#end !== undefined;
  }

  /** Throws the reason of `signal`. */
  async run(job: Job, signal: AbortSignal): Promise<JobResult> {
    signal.throwIfAborted();
    if (this.#end !== undefined) return this.#end;
    let abort = (): void => undefined;
    try {
      return await new Promise<JobResult>((resolve, reject) => {
        this.#finish = resolve;
        abort = () => reject(signal.reason);
        signal.addEventListener('abort', abort);
        this.#worker.postMessage(job);
      });
    } finally {
      signal.removeEventListener('abort', abort);
      this.#finish = undefined;
    }
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #ended(error: unknown): void {
    this.#end ??= { report: undefined, violations: [exceptionOf(error)] };
    this.#finish?.(this.#end);
  }
}
