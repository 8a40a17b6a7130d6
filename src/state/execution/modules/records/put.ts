/**
 * Records: an application's values under the namespaces of one publisher. Revisions count from 1
 * and none is ever lost; several writes of a key in one transaction are several revisions, in
 * order, and each one's condition sees the ones before it.
 */
import type { RecordPutOperation } from '../../../../ledger/operations.ts';
import { stateKey } from '../../../../ledger/state-keys.ts';
import { revisionSchema } from '../../../../ledger/state-values.ts';
import type { Handler } from '../../handler.ts';

/** The publisher part of `publisher/name`. */
function publisherOf(namespace: string): string {
  return namespace.slice(0, namespace.indexOf('/'));
}

export const applyRecordPut: Handler<RecordPutOperation> = (draft, origin, operation) => {
  const { sender, height, time, transaction, operation: position } = origin;
  const { namespace, key, value, ifRevision } = operation;
  if (publisherOf(namespace) !== sender.id) return 'NAMESPACE_FORBIDDEN';
  const revisions = stateKey.recordRevisions(namespace, key);
  const current = draft.count(revisions);
  if (ifRevision === 0 && current > 0) return 'ALREADY_EXISTS';
  if (ifRevision !== null && ifRevision !== current) return 'REVISION_MISMATCH';
  const revision = draft.encode(revisionSchema, {
    version: 1,
    namespace,
    key,
    revision: current + 1,
    height,
    time,
    transaction,
    operation: position,
    value,
  });
  draft.append(revisions, revision);
  draft.put(stateKey.record(namespace, key), revision);
  if (current === 0) draft.append(stateKey.namespaceKeys(namespace), draft.utf8(key));
  return null;
};
