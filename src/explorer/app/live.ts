/** What goes on now: the chain's status, and the feed of new blocks and statements. */
import { type FeedEvent, type FeedStatus, readFeed } from '../../client/events.ts';
import type { BlockSummary, ResultOf, StatementView } from '../../rpc/schema/index.ts';
import { ask, nodeFetch, nodeNow, RPC_URL } from './node.ts';
import { Store } from './store.ts';

/** `locked`: the node demands a token, and we have none that it takes. */
export type Connection = 'connecting' | 'live' | 'polling' | 'offline' | 'locked';
export type Pulse = Connection | 'delayed';

/** A statement as the feed and asset_list give it. */
export type FeedStatement = Pick<
  StatementView,
  | 'asset'
  | 'status'
  | 'name'
  | 'version'
  | 'commitment'
  | 'publisher'
  | 'time'
  | 'height'
  | 'transaction'
> & { readonly operation: number; readonly invalidity?: StatementView['invalidity'] };

export interface Live {
  readonly connection: Connection;
  readonly status: ResultOf<'chain_status'> | undefined;
  readonly node: ResultOf<'node_info'> | undefined;
  readonly head: { readonly height: number; readonly time: string } | undefined;
  /** Newest first. */
  readonly blocks: readonly BlockSummary[];
  readonly statements: readonly FeedStatement[];
  /** Changes with every block, so that views can look again. */
  readonly heardAt: number;
}

/** A page of the RPC: enough for the charts. */
const BLOCKS_KEPT = 100;
const STATEMENTS_KEPT = 30;
const RETRY_MS = 3_000;
/** A hidden tab gives its connection to others: browsers allow six to a node. */
const HIDDEN_MS = 60_000;

export const live = new Store<Live>({
  connection: 'connecting',
  status: undefined,
  node: undefined,
  head: undefined,
  blocks: [],
  statements: [],
  heardAt: 0,
});

let feed: AbortController | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let hiding: ReturnType<typeof setTimeout> | undefined;

/** How fresh the page is. A head older than two heartbeats is late whatever the connection says. */
export function pulse({ connection, head, status }: Live): Pulse {
  if (connection !== 'live' && connection !== 'polling') return connection;
  const heartbeatMs = status?.heartbeatMs ?? Number.POSITIVE_INFINITY;
  const late = head !== undefined && nodeNow() - Date.parse(head.time) > 2 * heartbeatMs;
  return late ? 'delayed' : connection;
}

export function startLive(): void {
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(pause, HIDDEN_MS);
    else if (feed === undefined) void connect();
  });
  void connect();
}

function pause(): void {
  clearTimeout(retry);
  feed?.abort();
  feed = undefined;
}

/** Begins anew, as with another token. */
export function reconnect(): void {
  live.set({ connection: 'connecting' });
  void connect();
}

/** Reads where the chain stands, then follows the feed from there: nothing is missed or twice. */
async function connect(): Promise<void> {
  pause();
  try {
    const [status, node, blocks, statements] = await Promise.all([
      ask('chain_status', {}),
      ask('node_info', {}),
      ask('chain_listBlocks', { limit: BLOCKS_KEPT }),
      ask('asset_list', { limit: STATEMENTS_KEPT }),
    ]);
    const head = blocks.items[0] ?? status.head;
    // What is newer than the blocks read comes over the feed.
    const known = statements.items.filter(({ height }) => height <= head.height);
    live.set({ status, node, head, blocks: blocks.items, statements: known, heardAt: nodeNow() });
    feed = new AbortController();
    void follow(head.height, feed.signal);
  } catch (error) {
    const isLocked = (error as { code?: string }).code === 'UNAUTHORIZED';
    live.set({ connection: isLocked ? 'locked' : 'offline' });
    if (!isLocked) retry = setTimeout(connect, RETRY_MS);
  }
}

/** Until the line breaks: then the page reads where things stand, and follows again. */
async function follow(height: number, signal: AbortSignal): Promise<void> {
  // What is shown was just read; if the feed is full, the page goes on so, asking now and then.
  live.set({ connection: 'polling' });
  const onStatus = ({ state }: FeedStatus): void => {
    if (state === 'live') live.set({ connection: 'live' });
    if (state === 'retrying') broke(signal);
  };
  try {
    const topics = ['block', 'statement'];
    const options = { url: RPC_URL, fetch: nodeFetch, topics, signal, onStatus };
    for await (const event of readFeed({ ...options, after: `${height}` })) hear(event);
  } catch {
    broke(signal);
  }
}

function broke(signal: AbortSignal): void {
  if (signal.aborted) return;
  pause();
  if (live.value.connection === 'live') live.set({ connection: 'offline' });
  retry = setTimeout(connect, RETRY_MS);
}

function hear({ event, data }: FeedEvent): void {
  if (event === 'block') addBlock(data as unknown as BlockSummary);
  if (event === 'gap') reconnect();
  if (event === 'statement') {
    const statement = data as unknown as FeedStatement;
    live.set({ statements: [statement, ...live.value.statements].slice(0, STATEMENTS_KEPT) });
  }
}

function addBlock(block: BlockSummary): void {
  const blocks = [block, ...live.value.blocks].slice(0, BLOCKS_KEPT);
  live.set({ connection: 'live', blocks, head: block, heardAt: nodeNow() });
}
