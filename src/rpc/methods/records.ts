/** `record_*`: current values, revisions, and what a namespace holds. */
import { stateKey } from '../../ledger/state-keys.ts';
import type { Handlers, Services } from '../handler.ts';
import { page } from '../pages.ts';
import { readerAt, readerOf } from '../reading.ts';
import { recordReceipt } from '../receipts.ts';
import type { MethodName } from '../schema/index.ts';
import { recordView } from '../views.ts';

export type RecordMethod = Extract<MethodName, `record_${string}`>;

export function recordHandlers(services: Services): Handlers<RecordMethod> {
  const { queries } = services.context;
  return {
    record_get: async ({ namespace, key, minHeight, height }) => {
      const reader = await readerOf(services, { minHeight, height });
      const revision = queries.record(reader, namespace, key);
      return revision === undefined ? null : recordView(revision);
    },
    record_proof: async ({ namespace, key, minHeight }) =>
      recordReceipt(services, await readerOf(services, { minHeight, prove: true }), namespace, key),
    record_history: async ({ namespace, key, cursor, limit, order, minHeight }) => {
      const reader = await readerAt(services, minHeight);
      return page({
        scope: ['record_history', namespace, key],
        cursor,
        limit,
        order: order ?? 'desc',
        count: reader.list(stateKey.recordRevisions(namespace, key)).count,
        read: (from, to) =>
          queries.revisions(reader, namespace, key, from, to - from).map(recordView),
      });
    },
    record_list: async ({ namespace, cursor, limit, minHeight }) => {
      const reader = await readerAt(services, minHeight);
      return page({
        scope: ['record_list', namespace],
        cursor,
        limit,
        order: 'asc',
        count: reader.list(stateKey.namespaceKeys(namespace)).count,
        read: (from, to) =>
          queries.namespaceKeys(reader, namespace, from, to - from).flatMap((key) => {
            const revision = queries.record(reader, namespace, key);
            return revision === undefined ? [] : [recordView(revision)];
          }),
      });
    },
  };
}
