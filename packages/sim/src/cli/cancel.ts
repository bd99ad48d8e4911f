/** The person does not want to wait any longer. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Runs `job` with a signal that Ctrl-C sets off; a second Ctrl-C ends the process at once. */
export async function cancellable<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const cancel = (): void => controller.abort(new Cancelled('Cancelled.'));
  process.once('SIGINT', cancel);
  try {
    return await job(controller.signal);
  } finally {
    process.off('SIGINT', cancel);
  }
}

/** Lets signals and timers of the process have their turn. */
export function breathe(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      if (signal.aborted) reject(new Cancelled('Cancelled.'));
      else resolve();
    });
  });
}
