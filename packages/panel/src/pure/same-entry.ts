import type { Entry } from '@grapevine/room';

/** Whether two readings of an entry look alike: what else there is of it follows from its heads, but for names and whether the value is here. */
export function sameEntry(one: Entry | undefined, other: Entry | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.id === other.id &&
    one.version === other.version &&
    one.available === other.available &&
    String(one.heads) === String(other.heads) &&
    one.updated_by.name === other.updated_by.name &&
    one.created_by.name === other.created_by.name
  );
}
