/** As of a command that SIGINT ended: 128 and the number of the signal. */
export const cancelledCode = 130;

/**
 * npm may hand on the Ctrl-C that the terminal has already sent: 7 ms later, measured with npm 11
 * and bash. Guess: nobody presses twice within this many milliseconds.
 */
const echoMs = 300;

/** The person does not want to wait any longer. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/**
 * Runs `job` with a signal that Ctrl-C sets off. A second Ctrl-C ends the process at once.
 * @param end ends the process
 */
export async function cancellable<T>(
  job: (signal: AbortSignal) => Promise<T>,
  end: () => void = () => process.exit(cancelledCode),
): Promise<T> {
  const controller = new AbortController();
  let cancelledAt: number | undefined;
  const interrupted = (): void => {
    const now = performance.now();
    if (cancelledAt === undefined) {
      cancelledAt = now;
      controller.abort(new Cancelled('Cancelled.'));
    } else if (now - cancelledAt > echoMs) end();
  };
  process.on('SIGINT', interrupted);
  try {
    return await job(controller.signal);
  } finally {
    process.off('SIGINT', interrupted);
  }
}

/** Lets signals and timers of the process have their turn. Throws the reason of `signal`. */
export function breathe(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      if (signal.aborted) reject(signal.reason);
      else resolve();
    });
  });
}
