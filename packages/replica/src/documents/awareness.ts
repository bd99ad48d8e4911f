import { DecodeError, GrapevineError, decode, limits } from '@grapevine/wire';
import type { SessionId } from '@grapevine/wire';
import * as protocol from 'y-protocols/awareness';
import * as Y from 'yjs';
import { clientIdOf } from './client-id.ts';
import { jsonDepth, valueDepth } from './scan-content.ts';

export interface AwarenessBridgeOptions {
  session: SessionId;
  /** To every member here, unlasting, the newest in place of what still waits. At most `limits.ephemeralBytes`. */
  send(bytes: Uint8Array): void;
}

/**
 * y-protocols awareness over ephemeral messages. Everybody speaks for their own clientID only, and the signature says who they are; who is
 * here is decided by membership, so the protocol's own 15 s renewal and 30 s removal are off.
 */
export class AwarenessBridge {
  /** For editors: its clientID is that of the session's documents. */
  readonly awareness: protocol.Awareness;
  readonly #options: AwarenessBridgeOptions;
  readonly #doc = new Y.Doc();

  constructor(options: AwarenessBridgeOptions) {
    this.#options = options;
    this.#doc.clientID = clientIdOf(options.session);
    this.awareness = new protocol.Awareness(this.#doc);
    const timer: ReturnType<typeof setInterval> = this.awareness._checkInterval;
    clearInterval(timer);
    this.awareness.on('update', (_changes: unknown, origin: unknown) => {
      if (origin === 'local') this.resend();
    });
    // The first state has clock 0, which receivers take for "nothing new".
    this.awareness.setLocalState({});
  }

  /**
   * Sends the own state again, for those who have come since. Setting a state does so by itself.
   * @throws GrapevineError `awareness-too-large`
   */
  resend(): void {
    const bytes = protocol.encodeAwarenessUpdate(this.awareness, [this.awareness.clientID]);
    if (bytes.length > limits.ephemeralBytes)
      throw new GrapevineError(
        'awareness-too-large',
        `The awareness state takes ${bytes.length} bytes and was not sent; ${limits.ephemeralBytes} are allowed.`,
        'Keep names, colours and cursors in it, and content in a document.',
      );
    this.#options.send(bytes);
  }

  /**
   * What `from` says about itself.
   * @returns whether it was that; anything else changes nothing
   */
  receive(from: SessionId, bytes: Uint8Array): boolean {
    const client = clientIdOf(from);
    if (client === this.awareness.clientID || bytes.length > limits.ephemeralBytes) return false;
    if (!speaksFor(client, bytes)) return false;
    protocol.applyAwarenessUpdate(this.awareness, bytes, from);
    return true;
  }

  /** `session` left or is dead. Should it come back, its next state counts whatever its clock. */
  remove(session: SessionId): void {
    const client = clientIdOf(session);
    if (client === this.awareness.clientID) return;
    protocol.removeAwarenessStates(this.awareness, [client], 'membership');
    this.awareness.meta.delete(client);
  }

  /** Tells the others that this state is gone. */
  destroy(): void {
    this.#doc.destroy();
  }
}

/** An awareness update of one state, an object or null, of `client`. */
function speaksFor(client: number, bytes: Uint8Array): boolean {
  const text = decode(bytes, (reader) => {
    if (reader.varint() !== 1) throw new DecodeError('not one state');
    if (reader.varint() !== client) throw new DecodeError('state of another client');
    reader.varint();
    return reader.varstring(reader.remaining);
  });
  if (text instanceof DecodeError || jsonDepth(text) > valueDepth) return false;
  try {
    const state: unknown = JSON.parse(text);
    return typeof state === 'object' && !Array.isArray(state);
  } catch {
    return false;
  }
}
