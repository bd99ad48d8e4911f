/** Milliseconds between updates of a page nobody sees, where no frames are drawn. A guess: nobody misses them. */
const hiddenDelayMs = 5_000;

/** Calls back once before the next frame; where the page is hidden and draws none, once it is shown, or after a while. Returns how to cancel. */
export function nextFrame(callback: () => void): () => void {
  if (document.visibilityState !== 'hidden') {
    const frame = requestAnimationFrame(callback);
    return () => {
      cancelAnimationFrame(frame);
    };
  }
  const cancel = (): void => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', run);
  };
  const run = (): void => {
    cancel();
    callback();
  };
  const timer = setTimeout(run, hiddenDelayMs);
  document.addEventListener('visibilitychange', run);
  return cancel;
}

/** Called in a frame: tells how many milliseconds the frame, all that it draws included, kept the page busy. */
export function frameCost(then: (ms: number) => void): void {
  const began = performance.now();
  setTimeout(() => {
    then(performance.now() - began);
  });
}
