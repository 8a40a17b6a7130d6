/**
 * Watching: what becomes final, as it does. Each goes on where it broke off, at the next node where
 * one is down; nothing comes twice. Blocks, statements and records are what a node says; a watched
 * asset or record is proven anew at each change.
 */
import type { Json } from '../common/codec/index.ts';
import { provenance, stated } from './answers.ts';
import type { Client } from './client.ts';
import { ProofError, TransportError } from './errors.ts';
import { type FeedEvent, type FeedFilter, type FeedStatus, readFeed } from './events.ts';
import { assetOf, type LedgerClient } from './ledger-client.ts';
import { type AuthenticateOptions, authenticate } from './reading.ts';
import { records } from './records.ts';
import {
  integer,
  object,
  orNull,
  type Shape,
  ShapeMismatch,
  type ShapeOf,
  string,
  time,
} from './shape.ts';
import type { AssetVerdict, VerifiedRecord } from './verified.ts';
import { hashText } from './views.ts';

export interface WatchOptions {
  /** Go on behind the event with this `seq`. */
  readonly after?: string;
  /** Without `after`: from this block on; left out: from now on. */
  readonly fromHeight?: number;
  /** Hears whether the line is there, and which node it leads to. */
  readonly onStatus?: (status: WatchStatus) => void;
  /** Ends the watching. */
  readonly signal?: AbortSignal;
}

export type WatchStatus =
  | FeedStatus
  /** So many blocks were missed that nodes don't send them again: read them, or begin anew. */
  | { readonly state: 'gap'; readonly from: number; readonly to: number };

/** Said by a node, and not proven. */
export interface Claimed {
  /** `height-index`: the same on every node. */
  readonly seq: string;
  readonly verified: 'server-claimed';
}

const block = object({
  height: integer,
  hash: string,
  time,
  view: integer,
  proposer: orNull(string),
  transactions: integer,
  rejected: integer,
});
const statement = object(stated);
const record = object({ namespace: string, key: string, value: string, ...provenance });

export type BlockNews = ShapeOf<typeof block> & Claimed;
export type StatementNews = ShapeOf<typeof statement> & Claimed;
/** `value` in base64url. */
export type RecordNews = ShapeOf<typeof record> & Claimed;

/**
 * Final blocks, from now on or from where `options` say.
 *
 * @throws TransportError where nothing that answers is a feed; ProofError where it is of another
 *   chain
 * @example
 * const heights: number[] = [];
 * for await (const { height } of watchBlocks(client, { fromHeight: 1 })) {
 *   heights.push(height);
 *   if (heights.length === 2) break;
 * }
 * heights; // → [1, 2]
 */
export function watchBlocks(
  client: LedgerClient,
  options: WatchOptions = {},
): AsyncGenerator<BlockNews> {
  return news(client, { topics: ['block'] }, block, options);
}

/**
 * Statements, of one publisher, on one asset or of one kind where that is asked. As `watchBlocks`.
 *
 * @example
 * const seen: string[] = [];
 * for await (const said of watchStatements(client, { publisher: 'acme', fromHeight: 1 })) {
 *   seen.push(said.status);
 *   break;
 * }
 * seen; // → ['TRUSTED']
 */
export function watchStatements(
  client: LedgerClient,
  options: WatchOptions & Pick<FeedFilter, 'publisher' | 'asset' | 'kind'> = {},
): AsyncGenerator<StatementNews> {
  return news(client, { topics: ['statement'] }, statement, options);
}

/**
 * Revisions of records, of one namespace where that is asked. As `watchBlocks`.
 *
 * @example
 * const keys: string[] = [];
 * for await (const { key } of watchRecords(client, { namespace: 'acme/builds', fromHeight: 1 })) {
 *   keys.push(key);
 *   break;
 * }
 * keys; // → ['latest']
 */
export function watchRecords(
  client: LedgerClient,
  options: WatchOptions & Pick<FeedFilter, 'publisher' | 'namespace'> = {},
): AsyncGenerator<RecordNews> {
  return news(client, { topics: ['record'] }, record, options);
}

/**
 * The proven verdict on a digest: now, and at each statement on it from now on.
 *
 * @throws as `authenticate` and `watchBlocks`
 * @example
 * const seen: string[] = [];
 * for await (const verdict of watchAsset(client, digest, { publisher: 'acme' })) {
 *   seen.push(verdict.status);
 *   break; // or go on: the next one comes when somebody says something about it
 * }
 * seen; // → ['TRUSTED']
 */
export async function* watchAsset(
  client: LedgerClient,
  digest: string,
  options: Omit<AuthenticateOptions, 'at'> & Omit<WatchOptions, 'after' | 'fromHeight'> = {},
): AsyncGenerator<AssetVerdict> {
  assetOf(digest);
  const ask = (minHeight: number) => authenticate(client, digest, { ...options, minHeight });
  yield* proven(client, { topics: ['statement'], asset: digest }, options, ask);
}

/**
 * The proven current revision of a record: now, and whenever it is another one. As `watchAsset`.
 *
 * @example
 * const seen: unknown[] = [];
 * for await (const now of watchRecord(client, { namespace: 'acme/builds', key: 'latest' })) {
 *   seen.push(now.record?.revision);
 *   break;
 * }
 * seen; // → [2]
 */
export async function* watchRecord(
  client: LedgerClient,
  options: {
    readonly namespace: string;
    readonly key: string;
  } & Omit<WatchOptions, 'after' | 'fromHeight'>,
): AsyncGenerator<VerifiedRecord> {
  const { namespace, key } = options;
  const ask = (minHeight: number) => records.get(client, { namespace, key, minHeight });
  const isIt = (data: Json): boolean => Object(data).key === key;
  yield* proven(client, { topics: ['record'], namespace }, options, ask, isIt);
}

/** An answer now, and a new one for each event that may change it. */
async function* proven<T extends { readonly height: number }>(
  client: LedgerClient,
  filter: FeedFilter,
  options: WatchOptions,
  ask: (minHeight: number) => Promise<T>,
  concerns: (data: Json) => boolean = () => true,
): AsyncGenerator<T> {
  const first = await ask(0);
  yield first;
  let height = first.height;
  for await (const { event, id, data } of readChainFeed(feedOf(client), filter, {
    ...options,
    after: `${height}`,
  })) {
    const at = event === 'gap' ? Number(Object(data).to) : heightOf(id);
    // Several in one block, and what an answer held already, are one change.
    if (at === undefined || at <= height || !(event === 'gap' || concerns(data))) continue;
    const answer = await ask(at);
    height = Math.max(at, answer.height);
    yield answer;
  }
}

async function* news<T extends object>(
  client: LedgerClient,
  topic: FeedFilter,
  shape: Shape<T>,
  options: WatchOptions & FeedFilter,
): AsyncGenerator<T & Claimed> {
  for await (const { id, data } of readChainFeed(feedOf(client), topic, options)) {
    if (id === undefined) continue;
    yield { ...shaped(client, shape, data), seq: id, verified: 'server-claimed' };
  }
}

function feedOf({ caller, trust }: LedgerClient) {
  return { caller, chain: trust.origin.chain };
}

/** Whose feed: of which chain, at which nodes. */
export interface ChainFeed {
  readonly caller: Client;
  readonly chain: Uint8Array;
}

/**
 * The feed of a chain, resumed at the next node where one is down; what has an id comes once.
 *
 * @throws TransportError where nothing that answers is a feed; ProofError where it is of another
 *   chain
 */
export async function* readChainFeed(
  { caller, chain: wanted }: ChainFeed,
  topic: FeedFilter,
  options: WatchOptions & FeedFilter,
): AsyncGenerator<FeedEvent> {
  const { transport, signal: ended } = caller;
  const signals = [ended, options.signal].filter((signal) => signal !== undefined);
  const chain = hashText(wanted);
  let last: string | undefined;
  const feed = readFeed({
    ...options,
    ...topic,
    url: transport.urls,
    fetch: (input, init) => transport.fetcherOf(new URL(String(input)).origin)(input, init),
    signal: AbortSignal.any(signals),
  });
  for await (const event of feed) {
    if (event.event === 'hello' && Object(event.data).chain !== chain) {
      throw new ProofError('PROOF_CHAIN', transport.urls[0] ?? '', 'its feed is of another chain');
    }
    if (event.event === 'gap') {
      const { from, to } = Object(event.data) as { from: number; to: number };
      options.onStatus?.({ state: 'gap', from, to });
      yield event;
    }
    if (event.id === undefined || isBehind(event.id, last)) continue;
    last = event.id;
    yield event;
  }
}

function shaped<T>(client: LedgerClient, shape: Shape<T>, data: Json): T {
  try {
    return shape(data, '');
  } catch (error) {
    if (!(error instanceof ShapeMismatch)) throw error;
    const url = client.caller.transport.urls[0] ?? '';
    throw new TransportError('BAD_ANSWER', url, `an event is none: ${error.message}`);
  }
}

function heightOf(id: string | undefined): number | undefined {
  return id === undefined ? undefined : Number(id.split('-')[0]);
}

/** Whether an event is not later than one seen before. */
function isBehind(id: string, last: string | undefined): boolean {
  if (last === undefined) return false;
  const [height = 0, index = 0] = id.split('-').map(Number);
  const [lastHeight = 0, lastIndex = 0] = last.split('-').map(Number);
  return height < lastHeight || (height === lastHeight && index <= lastIndex);
}
