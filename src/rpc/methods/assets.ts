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
import { publisherView } from '../publisher-views.ts';
import {
  allStatements,
  assetOf,
  judgedPublishers,
  readerAt,
  readerOf,
  statementViews,
  stored,
  timeAfter,
} from '../reading.ts';
import { assetReceipt } from '../receipts.ts';
import type { MethodName, Params, ResultOf } from '../schema/index.ts';
import { hashText, statementView, timeText } from '../views.ts';

export type AssetMethod = Extract<MethodName, `asset_${string}`>;

export function assetHandlers(services: Services): Handlers<AssetMethod> {
  return {
    asset_authenticate: (params) => authenticate(services, params),
    asset_history: (params) => history(services, params),
    asset_proof: async ({ digest, minHeight }) =>
      assetReceipt(services, await readerOf(services, { minHeight, prove: true }), assetOf(digest)),
    asset_list: (params) => list(services, params),
  };
}

async function history(
  services: Services,
  params: Params<'asset_history'>,
): Promise<ResultOf<'asset_history'>> {
  const { cursor, limit, order = 'desc' } = params;
  const reader = await readerOf(services, params);
  const asset = assetOf(params.digest);
  const key = stateKey.assetStatements(asset);
  const scope = ['asset_history', assetToText(asset)];
  let [first, items, statements]: [number, Uint8Array[], Statement[]] = [0, [], []];
  const found = page({
    ...{ scope, cursor, limit, order, count: reader.list(key).count },
    read: (from, to) => {
      [first, items] = [from, reader.items(key, from, to - from)];
      statements = items.map((item) => stored(statementSchema, item));
      return statementViews(services, reader, statements);
    },
  });
  if (!params.prove) return found;
  const path = reader.proveItems(key, first, first + items.length).map(hashText);
  const keys = assetAnswerKeys(asset, judgedPublishers(services, reader, statements).values());
  const state = stateOf(services, reader, keys);
  return { ...found, proof: { state, items: items.map(toBase64url), from: first, path } };
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
  const reader = await readerOf(services, params);
  const asset = assetOf(params.digest);
  const { items, statements, publishers } = allStatements(services, reader, asset);
  const { publisher: asked, anyPublisher = false } = params;
  const verdict = verdictOf({ statements, publishers, asked, pinned: [], anyPublisher });
  const view = (statement: Statement) =>
    statementView(statement, publishers.get(statement.publisher) as JudgedPublisher);
  const time = timeAfter(services, reader);
  return {
    digest: assetToText(asset),
    height: reader.height,
    time: timeText(time),
    verdict: { ...verdict, statement: verdict.statement && view(verdict.statement) },
    statements: statements.map(view),
    publishers: [...publishers.values()].map((judged) => publisherView(judged, time)),
    ...(params.prove && {
      proof: {
        state: stateOf(services, reader, assetAnswerKeys(asset, publishers.values())),
        items: items.map(toBase64url),
      },
    }),
  };
}

function stateOf({ context: { ledger } }: Services, reader: StateReader, keys: readonly string[]) {
  return provenStateJson(proveState(ledger, reader, keys));
}
