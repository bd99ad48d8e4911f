import type { Entry, PutOptions, Room, Version } from '@grapevine/room';
import type { Notice } from './events.ts';

/** Everything about an entry but its value, so that a new value does not lose it. */
export function keptOptions(entry: Entry): PutOptions {
  return {
    mime_type: entry.mime_type,
    tags: entry.tags,
    metadata: entry.metadata,
    pinned: entry.pinned,
    refs: entry.refs,
    ...(entry.kind === '' ? {} : { kind: entry.kind }),
    ...(entry.expires_at === undefined ? {} : { expires_at: entry.expires_at }),
  };
}

/** Deletes an entry. The notice offers the way back, where the value is here to be put back. */
export async function deleteEntry(room: Room, shown: Entry): Promise<Notice> {
  // What is shown may be older than what is deleted, and so than what is to come back.
  const entry = (await room.get(shown.namespace, shown.key)) ?? shown;
  const { namespace, key, value } = entry;
  await room.delete(namespace, key);
  const text = `Deleted “${key}”.`;
  if (value === undefined) return { text };
  const undo = (): void => {
    void room.put(namespace, key, value, { ...keptOptions(entry), reason: 'Deletion undone' });
  };
  return { text, action: { label: 'Undo', run: undo } };
}

/** Writes the value of an old version again; history only grows. */
export async function restoreVersion(
  room: Room,
  address: { namespace: string; key: string },
  version: Version,
): Promise<void> {
  if (version.value === undefined) return;
  const current = await room.get(address.namespace, address.key);
  await room.put(address.namespace, address.key, version.value, {
    ...(current === undefined ? {} : keptOptions(current)),
    mime_type: version.mime_type,
    reason: `Restored the version of ${version.at}`,
  });
}
