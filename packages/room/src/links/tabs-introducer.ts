import type { Signaling } from '@grapevine/ports';
import { createTabsPresence, type TabsPresence } from '@grapevine/transport-tabs';

/** Tabs of one profile introduce each other as a server would, with no server and no network. */
export function createTabsIntroducer(channelName: string): Signaling {
  let presence: TabsPresence | undefined;
  return {
    open(_topic, self, events) {
      presence?.close();
      presence = createTabsPresence({
        channelName,
        self,
        onPresent: (id) => events.onMembers([id]),
        onGone: (id) => events.onAbsent(id),
        onSignal: (from, bytes) => events.onMessage(from, bytes),
      });
      events.onState({ state: 'open' });
    },
    send(to, data) {
      presence?.send(to, data);
    },
    // Tabs answer a newcomer by themselves, and a channel in the same browser is never out of reach.
    sample: () => undefined,
    retryNow: () => undefined,
    close() {
      presence?.close();
      presence = undefined;
    },
  };
}
