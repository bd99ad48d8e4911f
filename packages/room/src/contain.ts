/** Lets the page's error handler see it, and stops nothing here. */
export function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Runs somebody else's code: what it throws is reported. */
export function contain(run: () => void): void {
  try {
    run();
  } catch (error) {
    report(error);
  }
}
