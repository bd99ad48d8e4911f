import { BatchWriter } from './batch-writer.ts';
import type { MemoryHost } from './host.ts';
import { entryId, toKey, toNamespace, type NamespaceInput } from './names.ts';
import type { PutOptions, Value, Written } from './types.ts';
import { checkedPut, type Put, type Writes } from './writes.ts';

export type BatchOperation =
  | { put: { namespace: NamespaceInput; key: string; value: Value; options?: PutOptions } }
  | { delete: { namespace: NamespaceInput; key: string } };

type Checked = Put | { namespace: string; key: string };

/** Several writes in few deltas, in their order. All are checked before the first is written. */
export async function writeBatch(
  host: MemoryHost,
  writes: Writes,
  operations: readonly BatchOperation[],
): Promise<Written[]> {
  const checked = operations.map((operation) => check(writes, operation));
  const batch = new BatchWriter(host);
  const written: Written[] = [];
  for (const [i, operation] of checked.entries()) {
    const { namespace, key } = operation;
    await batch.ready(namespace, key);
    written[i] = await add(batch, writes, operation, (version) => {
      written[i] = { id: entryId(namespace, key), version };
    });
  }
  await batch.finish();
  return written;
}

function check(writes: Writes, operation: BatchOperation): Checked {
  if ('delete' in operation) {
    const { namespace, key } = operation.delete;
    return { namespace: toNamespace(namespace), key: toKey(key) };
  }
  const put = checkedPut({ options: {}, ...operation.put });
  writes.wantedBy(put);
  return put;
}

async function add(
  batch: BatchWriter,
  writes: Writes,
  operation: Checked,
  onWritten: (version: string) => void,
): Promise<Written> {
  const { namespace, key } = operation;
  const id = entryId(namespace, key);
  if ('value' in operation) {
    return writes.ensure(
      () => writes.wantedBy(operation),
      (change) => {
        batch.add(change, onWritten);
        return Promise.resolve({ id, version: '' });
      },
    );
  }
  const change = writes.planDelete(namespace, key);
  if (change) batch.add(change, onWritten);
  return { id, version: writes.current(namespace, key)?.state.shown.id ?? '' };
}
