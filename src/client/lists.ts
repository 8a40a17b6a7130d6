/** Pages of authenticated lists as what they hold: revisions of a record, acts of a publisher. */
import { decode, type Schema } from '../common/codec/index.ts';
import { publisherFromProof } from '../ledger/authenticate.ts';
import { STATE_VALUE_BYTES_MAX } from '../ledger/proven-state.ts';
import { stateKey } from '../ledger/state-keys.ts';
import {
  type Revision,
  revisionSchema,
  type Statement,
  statementSchema,
} from '../ledger/state-values.ts';
import type { JudgedPublisher } from '../ledger/verdict.ts';
import { resolvedHeight } from './at.ts';
import type { Client } from './client.ts';
import { ProofError } from './errors.ts';
import type { ProofContext, ReadProof } from './proof.ts';
import { askEntries, askList, LIST_ITEMS_MAX, type ProvenList } from './state.ts';

/** What nodes give at a time. */
const PAGE_ITEMS = LIST_ITEMS_MAX;

/** Which part of a list. */
export interface PageOf {
  /** Position of the first item, from 0 on; left out: the latest items. */
  readonly from?: number | undefined;
  /** At most 100. */
  readonly limit: number;
}

/** A page of a list, oldest first. */
export interface ProvenPage<T> extends ReadProof {
  readonly items: readonly T[];
  /** Position of the first item. */
  readonly from: number;
  /** Of the whole list: a page from 0 to `count` is all there is. */
  readonly count: number;
}

/** Revisions of a record; number n stands at position n − 1. Throws as `askEntries`. */
export async function askRevisions(
  client: Client,
  { namespace, key, ...page }: { readonly namespace: string; readonly key: string } & PageOf,
  context: ProofContext,
): Promise<ProvenPage<Revision>> {
  const list = await askPage(client, stateKey.recordRevisions(namespace, key), page, context);
  return read(client, list, revisionSchema, (of, at) => {
    return of.namespace === namespace && of.key === key && of.revision === at + 1;
  });
}

export interface ProvenActs extends ProvenPage<Statement> {
  /** Null: there is no such publisher. */
  readonly publisher: JudgedPublisher | null;
}

/** What a publisher stated on all assets, and who it is at the same height. As `askEntries`. */
export async function askActs(
  client: Client,
  { publisher: id, ...page }: { readonly publisher: string } & PageOf,
  context: ProofContext,
): Promise<ProvenActs> {
  const list = await askPage(client, stateKey.publisherActs(id), page, context);
  const acts = read(client, list, statementSchema, (of) => of.publisher === id);
  const keys = [stateKey.publisher(id), stateKey.activeMembers, stateKey.parameters];
  const at = resolvedHeight(list.view.height);
  const { view } = await askEntries(client, keys, { ...context, at });
  const publisher = publisherFromProof(view, id);
  if (publisher.ok && (publisher.value !== null || acts.count === 0)) {
    return { ...acts, publisher: publisher.value };
  }
  const [code, why] = publisher.ok
    ? ['PROOF_VALUE', 'statements by no publisher']
    : [publisher.code, publisher.message];
  throw new ProofError(code, nodeOf(client), why);
}

function askPage(
  client: Client,
  key: string,
  { from, limit }: PageOf,
  context: ProofContext,
): Promise<ProvenList> {
  return askList(client, { key, limit, ...(from !== undefined && { from }) }, context);
}

/** @param isOf whether an item belongs at a position of this list */
function read<T>(
  client: Client,
  { items, from, count, view, proven }: ProvenList,
  schema: Schema<T>,
  isOf: (item: T, position: number) => boolean,
): ProvenPage<T> {
  const values = items.map((bytes, i) => {
    const decoded = decode(schema, bytes, STATE_VALUE_BYTES_MAX);
    if (decoded.ok && isOf(decoded.value, from + i)) return decoded.value;
    throw new ProofError('PROOF_VALUE', nodeOf(client), `item ${from + i} is of another list`);
  });
  return { items: values, from, count, view, proven };
}

function nodeOf({ transport }: Client): string {
  return transport.urls[0] ?? '';
}

/** The newest items of a list as of one height, newest first, at most `limit`; page by page. */
export async function askNewest<P extends ProvenPage<unknown>>(
  ask: (page: PageOf, at: ProofContext) => Promise<P>,
  limit: number,
  context: ProofContext,
): Promise<{ readonly newest: P; readonly items: P['items'][number][] }> {
  const newest = await ask({ limit: Math.min(limit, PAGE_ITEMS) }, context);
  const at = { ...context, at: resolvedHeight(newest.view.height) };
  const items = newest.items.toReversed();
  for (let end = newest.from; end > 0 && items.length < limit; ) {
    const from = Math.max(0, end - PAGE_ITEMS, newest.count - limit);
    const page = await ask({ from, limit: end - from }, at);
    // Large items come fewer at a time: what is missing between is asked for next.
    const more = [...page.items];
    while (from + more.length < end) {
      const next = from + more.length;
      more.push(...(await ask({ from: next, limit: end - next }, at)).items);
    }
    items.push(...more.reverse());
    end = from;
  }
  return { newest, items };
}
