/** What programs ask about assets and publishers; every answer was proven before it is returned. */
import type { AssetAnswer } from '../ledger/authenticate.ts';
import type { Content, DetachedCheck, DetachedChecker } from '../ledger/detached.ts';
import { assetToText } from '../ledger/primitives.ts';
import type { ProvenView } from '../ledger/proven-state.ts';
import { formatReceipt } from '../ledger/receipt.ts';
import { askAbout, askAlone, askAsset } from './authenticate.ts';
import { askHistory } from './history.ts';
import { assetOf, contextOf, type LedgerClient, type WhichState } from './ledger-client.ts';
import { askActs } from './lists.ts';
import { openingOf, type PrivateWords } from './private.ts';
import { fetchReceipt } from './receipt.ts';
import {
  type Asked,
  type AssetVerdict,
  assetVerdict,
  judge,
  type PublisherSummary,
  publisherSummary,
  type Standing,
  standing,
  statementViews,
} from './verified.ts';
import { type StatementView, statementView } from './views.ts';

/** Of lists, unless asked otherwise. */
const HISTORY_DEFAULT = 100;

export interface AuthenticateOptions extends Asked, WhichState {
  /** Checks the PGP or X.509 signature of the statement that decides: `ztc/detached`. */
  readonly detached?: DetachedChecker | undefined;
  /** What has the digest: such signatures are on the content itself. */
  readonly content?: Content | undefined;
}

/**
 * May I trust what has this digest (`sha256:…`), now or as of then? A PGP or X.509 signature that
 * the statement carries is checked only where `detached` is given; else `detached.result` of the
 * answer is `unchecked`.
 *
 * @throws ProofError, StaleError, TransportError, RpcError, ZtcError USAGE
 * @example
 * const verdict = await authenticate(client, digest, { publisher: 'acme' });
 * verdict.status; // → 'TRUSTED'
 * verdict.publisher?.id; // → 'acme'
 * const atFirst = await authenticate(client, digest, { at: { height: 0 } });
 * atFirst.status; // → 'UNKNOWN'
 */
export async function authenticate(
  client: LedgerClient,
  digest: string,
  options: AuthenticateOptions = {},
): Promise<AssetVerdict> {
  const asset = assetOf(digest);
  const context = await contextOf(client, options);
  const { answer, view } = await askAbout(client.caller, asset, options, context);
  client.seen(view.head);
  return assetVerdict(asset, answer, view, options, await signatureOf(view, answer, options));
}

/** Looks at the detached signature of the statement that decides; undefined: nobody looks. */
async function signatureOf(
  { chain }: ProvenView,
  answer: AssetAnswer,
  { detached, content, ...asked }: AuthenticateOptions,
): Promise<DetachedCheck | undefined> {
  if (detached === undefined) return undefined;
  const { statement } = judge(answer, asked);
  const by = statement && answer.publishers.get(statement.publisher);
  if (!by || statement.statement.detached === null) return undefined;
  return detached({ chain, publisher: by.publisher, statement, content });
}

export interface ReceiptOptions extends WhichState {
  /** Its word alone: whatever others state, the receipt stays as short. Left out: everything. */
  readonly publisher?: string | undefined;
  /** Of private statements on it: who gets the receipt reads them. Others have no place in it. */
  readonly words?: readonly PrivateWords[];
}

/**
 * The text of a receipt: what `authenticate` answers, to be proven with no network.
 *
 * @throws as `authenticate`
 * @example
 * const receipt = await receiptOf(client, digest, { publisher: 'acme' });
 * verifyReceipt(receipt, trust, { publisher: 'acme' }).kind; // → 'asset'
 */
export async function receiptOf(
  client: LedgerClient,
  digest: string,
  { words = [], publisher, ...which }: ReceiptOptions = {},
): Promise<string> {
  const openings = words.map(openingOf);
  const context = await contextOf(client, which);
  const asset = assetOf(digest);
  const proven =
    publisher === undefined
      ? await askAsset(client.caller, asset, context)
      : await askAlone(client.caller, asset, publisher, context);
  client.seen(proven.view.head);
  return formatReceipt(await fetchReceipt(client.caller, proven, context.validators, openings));
}

export interface AssetHistory extends Standing {
  readonly asset: string;
  /** How many statements there ever were. */
  readonly count: number;
  /** Position of the first of those here; from 0 to `count` are all. */
  readonly from: number;
  /** Oldest first. */
  readonly statements: readonly StatementView[];
}

export interface AssetHistoryOptions extends WhichState {
  /** How many of the latest; 100 by default. */
  readonly limit?: number;
}

/**
 * What was ever stated on a digest: the latest, however much it is; no verdict.
 *
 * @throws as `authenticate`
 * @example
 * const history = await assetHistory(client, digest, { limit: 1 });
 * history.statements[0]?.publisher; // → 'acme'
 */
export async function assetHistory(
  client: LedgerClient,
  digest: string,
  options: AssetHistoryOptions = {},
): Promise<AssetHistory> {
  const asset = assetOf(digest);
  const { limit = HISTORY_DEFAULT } = options;
  const context = await contextOf(client, options);
  const { answer, from, count, view } = await askHistory(client.caller, asset, limit, context);
  client.seen(view.head);
  const statements = statementViews(answer);
  return { asset: assetToText(asset), count, from, statements, ...standing(view) };
}

export interface PublisherActs extends Standing {
  /** Null: there is no such publisher. */
  readonly publisher: PublisherSummary | null;
  /** How many statements it ever made. */
  readonly count: number;
  /** Position of the first of those here; from 0 to `count` are all. */
  readonly from: number;
  /** Oldest first. */
  readonly statements: readonly StatementView[];
}

export interface PublisherActsOptions extends WhichState {
  readonly publisher: string;
  /** From this position on; left out: the latest. */
  readonly from?: number;
  /** At most 100, which is the default. */
  readonly limit?: number;
}

/**
 * What a publisher stated on all assets: the latest, or a page.
 *
 * @throws as `authenticate`
 * @example
 * const acts = await publisherActs(client, { publisher: 'acme', limit: 1 });
 * acts.statements.length; // → 1
 * acts.from + acts.statements.length === acts.count; // → true
 */
export async function publisherActs(
  client: LedgerClient,
  options: PublisherActsOptions,
): Promise<PublisherActs> {
  const { publisher: id, from, limit = HISTORY_DEFAULT } = options;
  const context = await contextOf(client, options);
  const page = await askActs(client.caller, { publisher: id, from, limit }, context);
  client.seen(page.view.head);
  const by = page.publisher;
  return {
    publisher: by && publisherSummary(by, page.view.time),
    count: page.count,
    from: page.from,
    statements: by === null ? [] : page.items.map((item) => statementView(item, by)),
    ...standing(page.view),
  };
}
