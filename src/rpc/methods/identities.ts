/** `publisher_*` and `member_*`. */
import { publicKeyFromText } from '../../common/signature.ts';
import { publisherAnswerKeys } from '../../ledger/authenticate.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import type { PublisherState } from '../../ledger/state-values.ts';
import type { StateReader } from '../../state/reader.ts';
import type { Handlers, Services } from '../handler.ts';
import { page } from '../pages.ts';
import { provenStateJson, proveState } from '../proving.ts';
import { publisherViewOf, readerAt, readerOf, statementViews } from '../reading.ts';
import { refuse } from '../refusal.ts';
import type { MethodName } from '../schema/index.ts';
import { UPTIME_BLOCKS_DEFAULT } from '../schema/uptime.ts';
import { uptime } from '../uptime.ts';
import { memberView } from '../views.ts';

export type IdentityMethod = Extract<MethodName, `publisher_${string}` | `member_${string}`>;

export function identityHandlers(services: Services): Handlers<IdentityMethod> {
  const { queries } = services.context;
  return {
    publisher_get: async ({ publisher: asked, minHeight }) => {
      const reader = await readerAt(services, minHeight);
      const publisher = find(services, reader, asked);
      return publisher === undefined ? null : publisherViewOf(services, reader, publisher);
    },
    publisher_prove: async ({ publisher: id, minHeight }) => {
      const reader = await readerOf(services, { minHeight, prove: true });
      const found = queries.publisher(reader, id);
      const keys = publisherAnswerKeys(id, found);
      const proof = provenStateJson(proveState(services.context.ledger, reader, keys));
      const publisher = found === undefined ? null : publisherViewOf(services, reader, found);
      return { height: reader.height, publisher, proof };
    },
    publisher_history: async ({ publisher, cursor, limit, order, minHeight, height }) => {
      const reader = await readerOf(services, { minHeight, height });
      return page({
        scope: ['publisher_history', publisher],
        cursor,
        limit,
        order: order ?? 'desc',
        count: reader.list(stateKey.publisherActs(publisher)).count,
        read: (from, to) =>
          statementViews(services, reader, queries.actsOf(reader, publisher, from, to - from)),
      });
    },
    publisher_list: async ({ cursor, limit, minHeight }) => {
      const reader = await readerAt(services, minHeight);
      return page({
        scope: ['publisher_list'],
        cursor,
        limit,
        order: 'asc',
        count: reader.list(stateKey.publishers).count,
        read: (from, to) =>
          queries
            .publishers(reader, from, to - from)
            .map((publisher) => publisherViewOf(services, reader, publisher)),
      });
    },
    member_list: async ({ cursor, limit, minHeight }) => {
      const reader = await readerAt(services, minHeight);
      const members = queries.members(reader);
      return page({
        scope: ['member_list'],
        cursor,
        limit,
        order: 'asc',
        count: members.length,
        read: (from, to) => members.slice(from, to).map(memberView),
      });
    },
    member_uptime: ({ blocks }) => uptime(services, blocks ?? UPTIME_BLOCKS_DEFAULT),
  };
}

/** By id, or by a public key in text. */
function find(services: Services, reader: StateReader, asked: string): PublisherState | undefined {
  const { queries } = services.context;
  if (!asked.includes(':')) return queries.publisher(reader, asked);
  const key = publicKeyFromText(asked);
  if (!key.ok) refuse('INVALID_PARAMS', { message: key.message, field: 'publisher' });
  const owner = queries.keyOwner(reader, key.value)?.publisher;
  return owner == null ? undefined : queries.publisher(reader, owner);
}
