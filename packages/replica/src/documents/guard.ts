import { DecodeError, Writer, decode } from '@grapevine/wire';
import { scanUpdate } from './scan.ts';
import type { UpdateOutline } from './scan.ts';

/** y-protocols' type of a sync message that carries an update. */
const syncUpdate = 2;

/** The body of a `yjs` delta: the message itself, or the clocks of one that is the delta's value 0. */
export type YjsBody =
  | { form: 'inline'; message: Uint8Array }
  | { form: 'detached'; first: number; next: number };

const form = { inline: 0, detached: 1 } as const;

export function inlineBody(message: Uint8Array): Uint8Array {
  return new Writer(message.length + 1).u8(form.inline).bytes(message).done();
}

/** @param clocks as `Documents` hands them to `author` */
export function detachedBody(clocks: { first: number; next: number }): Uint8Array {
  return new Writer(17).u8(form.detached).varint(clocks.first).varint(clocks.next).done();
}

export function readBody(body: Uint8Array): YjsBody | DecodeError {
  return decode(body, (reader) => {
    switch (reader.u8()) {
      case form.inline:
        return { form: 'inline', message: reader.rest() };
      case form.detached:
        return { form: 'detached', first: reader.varint(), next: reader.varint() };
      default:
        throw new DecodeError('unknown form');
    }
  });
}

/** @returns the update, a view into `message` */
export function readMessage(message: Uint8Array): Uint8Array | DecodeError {
  return decode(message, (reader) => {
    if (reader.varint() !== syncUpdate) throw new DecodeError('not an update message');
    return reader.varbytes(reader.remaining);
  });
}

/** An update that keeps PROTOCOL.md Y2. */
export interface GuardedUpdate {
  update: Uint8Array;
  outline: UpdateOutline;
}

/**
 * Checks all of PROTOCOL.md Y2 that an update shows by itself; whether it follows the session's last one is the caller's to compare.
 * @param client the clientID of its session
 * @returns the update, or in one phrase what it breaks
 */
export function guardUpdate(update: Uint8Array, client: number): GuardedUpdate | DecodeError {
  const outline = scanUpdate(update);
  if (outline instanceof DecodeError) return outline;
  if (outline.client !== undefined && outline.client !== client)
    return new DecodeError('structs of another client');
  return { update, outline };
}

/** As `guardUpdate`, on a framed message. */
export function guardMessage(message: Uint8Array, client: number): GuardedUpdate | DecodeError {
  const update = readMessage(message);
  return update instanceof DecodeError ? update : guardUpdate(update, client);
}

/**
 * @param clock the next clock of `client` before the update
 * @returns the one after it, or what contradicts `clock`
 */
export function clockAfter(
  { outline }: GuardedUpdate,
  client: number,
  clock: number,
): number | DecodeError {
  if (outline.client === undefined) {
    const deleted = outline.needs.get(client) ?? 0;
    return deleted > clock ? new DecodeError('deletes its own future') : clock;
  }
  return outline.first === clock
    ? outline.next
    : new DecodeError('structs do not follow the last ones');
}
