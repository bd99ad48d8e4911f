/** Names of members and notes come from others: longer ones are cut. PROTOCOL.md section 14 says 64 characters for a name. */
const nameLength = 64;
const noteLength = 128;

/** What a member tells about the live note it has open, in the field `note` of its awareness state. */
export interface NotePresence {
  clientId: number;
  name: string;
  note: string;
  /** 1-based line of the caret. */
  line: number;
}

/** Reads the presence of others out of the awareness states. Total: what is not as expected is left out. */
export function readPresence(
  states: ReadonlyMap<number, Readonly<Record<string, unknown>>>,
  self: number,
): NotePresence[] {
  const present: NotePresence[] = [];
  for (const [clientId, state] of states) {
    const { note } = state;
    if (clientId === self || typeof note !== 'object' || note === null) continue;
    if (!('name' in note) || typeof note.name !== 'string' || note.name === '') continue;
    const by = 'by' in note && typeof note.by === 'string' ? note.by : 'Somebody';
    const line = 'line' in note && Number.isSafeInteger(note.line) ? Number(note.line) : 1;
    present.push({
      clientId,
      name: by.slice(0, nameLength),
      note: note.name.slice(0, noteLength),
      line: Math.max(1, line),
    });
  }
  return present.sort((a, b) => a.name.localeCompare(b.name) || a.clientId - b.clientId);
}
