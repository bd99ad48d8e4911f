/**
 * Lets everything else that waits in this thread run first. A message, not a timer: browsers hold
 * timers of hidden pages back for a second each.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
