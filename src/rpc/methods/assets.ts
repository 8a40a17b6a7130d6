/** `asset_*`: the verdict, with its proof, and what was said when. */
import { toBase64url } from '../../common/bytes.ts';
import { assetAnswerKeys } from '../../ledger/authenticate.ts';
import { assetToText } from '../../ledger/primitives.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import { type Statement, statementSchema } from '../../ledger/state-values.ts';
import { type JudgedPublisher, verdictOf } from '../../ledger/verdict.ts';
import type { StateReader } from '../../state/reader.ts';
import type { Handlers, Services } from '../handler.ts';
import { page } from '../pages.ts';
import { provenStateJson, proveState } from '../proving.ts';
import {
  assetOf,
  judgedPublishers,
  provableReader,
  publisherViewOf,
  readerAt,
  refuseHeight,
  statementViews,
  stored,
  timeAfter,
} from '../reading.ts';
import { assetReceipt } from '../receipts.ts';
import { refuse } from '../refusal.ts';
import { STATEMENTS_MAX } from '../schema/assets.ts';
import type { MethodName, Params, ResultOf } from '../schema/index.ts';
import { statementView, timeText } from '../views.ts';

export type AssetMethod = Extract<MethodName, `asset_${string}`>;

export function assetHandlers(services: Services): Handlers<AssetMethod> {
  return {
    asset_authenticate: (params) => authenticate(services, params),
    asset_history: async ({ digest, cursor, limit, order, minHeight, height }) => {
      const reader = await readerAt(services, minHeight, height);
      const name = assetOf(digest);
      const key = stateKey.assetStatements(name);
      return page({
        scope: ['asset_history', assetToText(name)],
        cursor,
        limit,
        order: order ?? 'desc',
        count: reader.list(key).count,
        read: (from, to) =>
          statementViews(services, reader, statementsAt(reader, key, from, to - from)),
      });
    },
    asset_proof: async ({ digest, minHeight }) =>
      assetReceipt(services, await provableReader(services, minHeight), assetOf(digest)),
    asset_list: (params) => list(services, params),
  };
}

function statementsAt(reader: StateReader, key: string, from: number, count: number): Statement[] {
  return reader.items(key, from, count).map((item) => stored(statementSchema, item));
}

async function list(
  services: Services,
  { publisher, cursor, limit, minHeight }: Params<'asset_list'>,
): Promise<ResultOf<'asset_list'>> {
  const reader = await readerAt(services, minHeight);
  const { ledger, queries } = services.context;
  const request = { cursor, limit, order: 'desc' as const };
  if (publisher !== undefined) {
    const key = stateKey.publisherActs(publisher);
    return page({
      ...request,
      scope: ['asset_list', publisher],
      count: reader.list(key).count,
      read: (from, to) =>
        statementViews(services, reader, queries.actsOf(reader, publisher, from, to - from)),
    });
  }
  const [newest] = ledger.recentStatements(undefined, 1);
  return page({
    ...request,
    scope: ['asset_list'],
    count: newest === undefined ? 0 : newest.sequence + 1,
    read: (from, to) => {
      const recent = ledger.recentStatements(to, to - from).map(({ statement }) => statement);
      return statementViews(services, reader, recent.reverse());
    },
  });
}

async function authenticate(
  services: Services,
  params: Params<'asset_authenticate'>,
): Promise<ResultOf<'asset_authenticate'>> {
  const { ledger } = services.context;
  const prove = params.prove ?? false;
  const minHeight = params.minHeight ?? 0;
  await services.heads.reach(prove ? minHeight + 1 : minHeight);
  const head = ledger.head.header;
  // What a proof shows is the state that the newest header carries: that after its parent.
  const newest = prove ? head.height - 1 : head.height;
  const at = params.height ?? newest;
  if (at > newest) refuseHeight(at, head.height);
  const reader = ledger.state(at);
  const asset = assetOf(params.digest);
  const key = stateKey.assetStatements(asset);
  const { count } = reader.list(key);
  if (count > STATEMENTS_MAX) {
    refuse('LIMIT_EXCEEDED', {
      code: 'TOO_MANY_STATEMENTS',
      message: `there are ${count} statements on this asset`,
      hint: 'asset_history has them in pages',
    });
  }
  const items = reader.items(key, 0, count);
  const statements = items.map((item) => stored(statementSchema, item));
  const publishers = judgedPublishers(services, reader, statements);
  const { publisher: asked, anyPublisher = false } = params;
  const verdict = verdictOf({ statements, publishers, asked, pinned: [], anyPublisher });
  const view = (statement: Statement) =>
    statementView(statement, publishers.get(statement.publisher) as JudgedPublisher);
  return {
    digest: assetToText(asset),
    height: reader.height,
    time: timeText(timeAfter(services, reader)),
    verdict: { ...verdict, statement: verdict.statement && view(verdict.statement) },
    statements: statementViews(services, reader, statements),
    publishers: [...publishers.values()].map(({ publisher }) =>
      publisherViewOf(services, reader, publisher),
    ),
    ...(prove ? { proof: proofOf(services, reader, asset, publishers, items) } : {}),
  };
}

function proofOf(
  services: Services,
  reader: StateReader,
  asset: Uint8Array,
  publishers: ReadonlyMap<string, JudgedPublisher>,
  items: readonly Uint8Array[],
) {
  const keys = assetAnswerKeys(asset, publishers.keys());
  return {
    state: provenStateJson(proveState(services.context.ledger, reader, keys)),
    items: items.map(toBase64url),
  };
}
