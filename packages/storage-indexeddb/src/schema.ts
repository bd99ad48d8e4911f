import type { SessionId, ValueHash } from '@grapevine/wire';
import type { DBSchema, IDBPDatabase } from 'idb';

/** What lies in a database. Values are `unknown`: what a disk gives back is decoded before it is believed. */
export interface RoomSchema extends DBSchema {
  deltas: { key: [SessionId, number]; value: unknown };
  ends: { key: SessionId; value: unknown };
  values: { key: ValueHash; value: unknown };
  settings: { key: string; value: unknown };
}

export type RoomDatabase = IDBPDatabase<RoomSchema>;

export const storeNames = ['deltas', 'ends', 'values', 'settings'] as const;

/** Takes a database from one version to the next, inside the upgrade's transaction. */
export type Migration = (database: IDBDatabase, transaction: IDBTransaction) => void;

/** Entry i makes version i + 1 out of version i. Entries are never edited, only appended. */
export const migrations: readonly Migration[] = [
  (database) => {
    database.createObjectStore('deltas', { keyPath: ['session', 'seq'] });
    database.createObjectStore('ends', { keyPath: 'session' });
    database.createObjectStore('values');
    database.createObjectStore('settings');
  },
];

const prefix = 'grapevine:';

/** @param topic 43 base64url digits, as it stands in a room's signaling address */
export function databaseName(topic: string): string {
  return prefix + topic;
}

/** @returns undefined for the name of a database that is not a room's */
export function topicOf(name: string | undefined): string | undefined {
  return name?.startsWith(prefix) === true ? name.slice(prefix.length) : undefined;
}
