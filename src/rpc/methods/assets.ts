/** `asset_*`: the verdict, with its proof, and what was said when. */
import { toBase64url } from '../../common/bytes.ts';
import { type AssetAnswer, assetAnswerKeys } from '../../ledger/authenticate.ts';
import { assetToText } from '../../ledger/primitives.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import { type Statement, statementSchema } from '../../ledger/state-values.ts';
import { type JudgedPublisher, verdictOf } from '../../ledger/verdict.ts';
import { wordKeys } from '../../ledger/word.ts';
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
import { assetReceipt, wordReceipt } from '../receipts.ts';
import type { MethodName, Params, ResultOf } from '../schema/index.ts';
import { hashText, statementView, timeText } from '../views.ts';
import { wordOf } from '../word.ts';

export type AssetMethod = Extract<MethodName, `asset_${string}`>;

export function assetHandlers(services: Services): Handlers<AssetMethod> {
  return {
    asset_authenticate: (params) => authenticate(services, params),
    asset_history: (params) => history(services, params),
    asset_proof: async ({ digest, publisher, minHeight }) => {
      const reader = await readerOf(services, { minHeight, prove: true });
      const asset = assetOf(digest);
      return publisher === undefined
        ? assetReceipt(services, reader, asset)
        : wordReceipt(services, reader, asset, publisher);
    },
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
  const { publisher: asked, anyPublisher = false, prove = false } = params;
  const { answer, proof } = saidOn(services, reader, asset, asked);
  const { statements, publishers } = answer;
  const verdict = verdictOf({ ...answer, asked, pinned: [], anyPublisher });
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
    ...(prove && { proof: proof() }),
  };
}

/** All that was said on an asset, or the word of the publisher asked for; and what proves it. */
function saidOn(
  services: Services,
  reader: StateReader,
  asset: Uint8Array,
  publisher: string | undefined,
): {
  readonly answer: AssetAnswer;
  readonly proof: () => NonNullable<ResultOf<'asset_authenticate'>['proof']>;
} {
  if (publisher === undefined) {
    const { items, ...answer } = allStatements(services, reader, asset);
    const keys = assetAnswerKeys(asset, answer.publishers.values());
    const proof = () => ({
      state: stateOf(services, reader, keys),
      items: items.map(toBase64url),
    });
    return { answer, proof };
  }
  const { answer, acts } = wordOf(services, reader, asset, publisher);
  const keys = wordKeys({ asset, publisher, acts }, answer);
  const proof = () => ({
    state: stateOf(services, reader, keys),
    items: [],
    ...(acts !== null && {
      acts: {
        items: acts.items.map(toBase64url),
        from: acts.from,
        path: acts.path.map(hashText),
      },
    }),
  });
  return { answer, proof };
}

function stateOf({ context: { ledger } }: Services, reader: StateReader, keys: readonly string[]) {
  return provenStateJson(proveState(ledger, reader, keys));
}
