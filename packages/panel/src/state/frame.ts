/** Milliseconds between updates of a page nobody sees, where no frames are drawn. A guess. */
const hiddenDelayMs = 250;

/** Calls back once before the next frame; soon, where the page is hidden and draws none. Returns how to cancel. */
export function nextFrame(callback: () => void): () => void {
  if (document.visibilityState === 'hidden') {
    const timer = setTimeout(callback, hiddenDelayMs);
    return () => {
      clearTimeout(timer);
    };
  }
  const frame = requestAnimationFrame(callback);
  return () => {
    cancelAnimationFrame(frame);
  };
}
