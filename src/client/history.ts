/** What was said about an asset, page by page: the latest, or all, however much it is. */
import { fromBase64url } from '../common/bytes.ts';
import { type AssetAnswer, historyFromProof } from '../ledger/authenticate.ts';
import { assetToText } from '../ledger/primitives.ts';
import type { ListPart } from '../ledger/proven-value.ts';
import type { AnswerOf } from './answers.ts';
import { fresh, stateOf, unproven } from './asking.ts';
import { resolvedHeight } from './at.ts';
import type { Client } from './client.ts';
import { ProofError } from './errors.ts';
import { type ProofContext, type ReadProof, readProof } from './proof.ts';
import { hashFromText } from './views.ts';

/** Of the largest statements (36 KB) an answer holds as many. */
const PAGE_ITEMS = 50;

/** Statements on an asset, oldest first, and who made them. */
export interface ProvenHistory extends ReadProof {
  readonly answer: AssetAnswer;
  /** Position of the first one. */
  readonly from: number;
  /** How many there are: from 0 to `count` are all. */
  readonly count: number;
}

type Page = ProvenHistory & { readonly next: string | null };

/** The latest statements on an asset, at most `limit`. Throws as `askEntries`. */
export async function askHistory(
  client: Client,
  asset: Uint8Array,
  limit: number,
  context: ProofContext,
): Promise<ProvenHistory> {
  let page = await askPage(client, asset, { limit: Math.min(limit, PAGE_ITEMS) }, context);
  const { count, view, proven } = page;
  const at = { ...context, at: resolvedHeight(view.height) };
  const statements = [page.answer.statements];
  const publishers = new Map(page.answer.publishers);
  for (let left = limit - page.answer.statements.length; page.from > 0 && left > 0; ) {
    const { next: cursor, from: end } = page;
    if (cursor === null) throw unproven(client.transport.urls[0] ?? '');
    page = await askPage(client, asset, { cursor, end, limit: Math.min(left, PAGE_ITEMS) }, at);
    left -= page.answer.statements.length;
    statements.unshift(page.answer.statements);
    for (const [id, judged] of page.answer.publishers) publishers.set(id, judged);
  }
  const answer = { statements: statements.flat(), publishers };
  return { answer, from: page.from, count, view, proven };
}

interface WhichPage {
  /** Of the page that ends at `end`; without one the latest statements are meant. */
  readonly cursor?: string;
  readonly end?: number;
  readonly limit: number;
}

function askPage(
  client: Client,
  asset: Uint8Array,
  { cursor, end, limit }: WhichPage,
  context: ProofContext,
): Promise<Page> {
  return fresh(client, async () => {
    const which = { limit, ...(cursor !== undefined && { cursor }), ...stateOf(context) };
    const digest = assetToText(asset);
    const { result, url } = await client.ask('asset_history', { digest, prove: true, ...which });
    if (result.proof === undefined) throw unproven(url);
    const { view, proven } = await readProof(client, url, result.proof.state, context);
    const part = readPart(url, result.proof);
    const read = historyFromProof(view, asset, part);
    if (!read.ok) throw new ProofError(read.code, url, read.message);
    const { count, ...answer } = read.value;
    const { length } = part.items;
    // At least one where there is one, and no more than asked.
    const isAsked = part.from + length === (end ?? count) && length <= limit;
    if (isAsked && (length > 0 || count === 0)) {
      return { answer, from: part.from, count, next: result.nextCursor, view, proven };
    }
    throw new ProofError('PROOF_LIST', url, 'the statements are not those that were asked for');
  });
}

/** A run of a list as nodes write it. @throws ProofError */
export function readPart(
  url: string,
  {
    items: texts,
    from,
    path: hashes,
  }: Pick<NonNullable<AnswerOf<'asset_history'>['proof']>, 'items' | 'from' | 'path'>,
): ListPart {
  const items = texts.map((item) => fromBase64url(item));
  const path = hashes.map(hashFromText);
  if (items.includes(undefined) || path.includes(undefined)) {
    throw new ProofError('PROOF_LIST', url, 'an item or a hash is none');
  }
  return { from, items: items as Uint8Array[], path: path as Uint8Array[] };
}
