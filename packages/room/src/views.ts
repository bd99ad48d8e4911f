import type { Memory } from '@grapevine/memory';
import { deltaKind, type Documents } from '@grapevine/replica';
import type { View } from './ledger.ts';

/** The memory's part of the log. */
export function memoryView(memory: Memory, onChange: (what: 'memory') => void): View {
  return {
    apply: (deltas, local) => {
      const records = deltas.filter((delta) => delta.kind === deltaKind.records);
      if (records.length === 0) return;
      memory.apply(records, local);
      onChange('memory');
    },
    retract: (session, fromSeq) => {
      memory.retract(session, fromSeq);
      onChange('memory');
    },
    valueArrived: (hash) => {
      memory.valueArrived(hash);
      onChange('memory');
    },
  };
}

/** The documents' part of the log. */
export function documentsView(documents: Documents, onChange: (what: 'status') => void): View {
  return {
    apply: (deltas) => {
      for (const delta of deltas) if (delta.kind === deltaKind.yjs) documents.apply(delta);
      onChange('status');
    },
    retract: (session, fromSeq) => documents.retract(session, fromSeq),
    valueArrived: (hash) => documents.valueArrived(hash),
  };
}
