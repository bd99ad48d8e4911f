import type { SessionId } from '@grapevine/wire';
import { parsePresence, sealedSignalBytes } from './messages.ts';
import type { PresenceMessage } from './messages.ts';

export interface TabsPresenceOptions {
  channelName: string;
  self: SessionId;
  /** A tab of this profile is there. Called again whenever it says so again. */
  onPresent(id: SessionId): void;
  /** A tab said goodbye. One that died says nothing. */
  onGone?(id: SessionId): void;
  /** Bytes another tab addressed to this one: as untrusted as what a server carries. */
  onSignal(from: SessionId, bytes: Uint8Array): void;
}

export interface TabsPresence {
  /**
   * Carries at most 32,768 bytes to the tab of session `to`; nothing happens where it is not there.
   */
  send(to: SessionId, bytes: Uint8Array): void;
  /** Says goodbye and hears no more. */
  close(): void;
}

/**
 * Introduces the tabs of one profile to each other without a server (PROTOCOL.md S3). A newcomer
 * says hello, every tab answers it alone, and nothing heard is ever said on: there is no loop to
 * run into. It keeps no table.
 */
export function createTabsPresence(options: TabsPresenceOptions): TabsPresence {
  const { self } = options;
  const channel = new BroadcastChannel(`${options.channelName} presence`);
  let closed = false;
  const post = (message: PresenceMessage): void => {
    if (!closed) channel.postMessage(message);
  };

  channel.onmessage = (event: MessageEvent<unknown>) => {
    const message = parsePresence(event.data);
    if (closed || message === undefined || message.from === self) return;
    if ('to' in message && message.to !== self) return;
    if (message.kind === 'signal') options.onSignal(message.from, message.bytes);
    else if (message.kind === 'bye') options.onGone?.(message.from);
    else {
      // Answered first: what onPresent sends must find a tab that already knows us.
      if (message.kind === 'hello') post({ kind: 'answer', from: self, to: message.from });
      options.onPresent(message.from);
    }
  };
  post({ kind: 'hello', from: self });

  return {
    send(to, bytes) {
      if (bytes.length === 0 || bytes.length > sealedSignalBytes) {
        throw new RangeError(`a signal has 1 to ${sealedSignalBytes} bytes, not ${bytes.length}`);
      }
      post({ kind: 'signal', from: self, to, bytes: bytes.slice() });
    },
    close() {
      post({ kind: 'bye', from: self });
      closed = true;
      channel.onmessage = null;
      channel.close();
    },
  };
}
