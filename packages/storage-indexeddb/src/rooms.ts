import { GrapevineError } from '@grapevine/wire';
import { databaseName, topicOf } from './schema.ts';
import { browserFactory } from './storage.ts';

/** @returns the topics of the rooms saved on this device, or undefined where the browser does not tell */
export async function listRooms(
  factory: IDBFactory | undefined = browserFactory(),
): Promise<string[] | undefined> {
  if (factory === undefined || !('databases' in factory)) return undefined;
  const found = await factory.databases();
  return found.map((one) => topicOf(one.name)).filter((topic) => topic !== undefined);
}

/**
 * Deletes what this device holds of a room, its author key included. Leave the room in every tab first: a tab that has it open lets go of the
 * database, but saves what it writes from then on.
 *
 * @throws {GrapevineError} `storage-blocked`: a tab does not let go; it is deleted once that tab is closed. `storage-unavailable`: the browser refused.
 */
export async function forgetRoom(
  topic: string,
  factory: IDBFactory | undefined = browserFactory(),
): Promise<void> {
  if (factory === undefined) return;
  await new Promise<void>((resolve, reject) => {
    const request = factory.deleteDatabase(databaseName(topic));
    request.onsuccess = () => resolve();
    request.onerror = () =>
      reject(
        new GrapevineError(
          'storage-unavailable',
          'The browser did not delete the saved room.',
          'Clear the data of this site instead.',
          { cause: request.error },
        ),
      );
    request.onblocked = () =>
      reject(
        new GrapevineError(
          'storage-blocked',
          'Another tab holds this room open; it is deleted when that tab is closed.',
          'Close the other tabs of this room.',
        ),
      );
  });
}
