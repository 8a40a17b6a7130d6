/**
 * Nodes' feed (server-sent events): only final data, resumed where it broke off, at another node
 * too. What has an id (`height-index`) comes at least once and in order; whoever acts on it drops
 * ids it has seen, as `watch.ts` does.
 */
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Json } from '../common/codec/index.ts';
import { TransportError } from './errors.ts';
import { type Fetch, withToken } from './http.ts';
import { pause } from './pause.ts';

export interface FeedEvent {
  /** `block`, `statement`, `record`, …, `hello`, `gap`. */
  readonly event: string;
  /** `height-index`; undefined for what is not kept. */
  readonly id: string | undefined;
  readonly data: Json;
}

/** What of the feed is wanted; blocks pass every filter but `topics`. */
export interface FeedFilter {
  /** Event names; all, if left out. */
  readonly topics?: readonly string[];
  readonly publisher?: string;
  readonly asset?: string;
  readonly namespace?: string;
  readonly kind?: string;
}

/** How the reading goes on, for those who show it. */
export type FeedStatus =
  | { readonly state: 'connecting' | 'live'; readonly url: string }
  /** The line broke, or never was; `waitMs` until the next try. */
  | {
      readonly state: 'retrying';
      readonly url: string;
      readonly waitMs: number;
      readonly error: Error | undefined;
    };

export interface FeedOptions extends FeedFilter {
  /** RPC addresses of nodes: ids mean the same on all, so the next one goes on where one ended. */
  readonly url: string | readonly string[];
  /** Go on behind this id. */
  readonly after?: string;
  /** Without `after`: the first block whose events are wanted. */
  readonly fromHeight?: number;
  readonly onStatus?: (status: FeedStatus) => void;
  readonly signal?: AbortSignal;
  /** Where reading needs one. */
  readonly token?: string;
  readonly fetch?: Fetch;
}

/** Beside a node's `rpc`, behind whatever path a proxy has it. */
const FEED_PATH = 'api/v1/events';
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 15_000;
/** Nodes send something each 15 s: after this long the line is dead, whatever TCP believes. */
const SILENCE_MS = 45_000;
/** Full, for now. */
const BUSY = [429, 503];
/** One event holds at most one transaction's operation: far below this. */
const EVENT_BYTES_MAX = 1024 * 1024;

/**
 * Reads until the signal is aborted, connecting again as often as needed, to one node after the
 * other.
 *
 * @throws TransportError BAD_ANSWER where nothing that answers is a feed
 * @example
 * const seen: string[] = [];
 * for await (const { event, id } of readFeed({ url, topics: ['statement'], after: '0' })) {
 *   if (id === undefined) continue; // hello: not from the ledger
 *   seen.push(event);
 *   break;
 * }
 * seen; // → ['statement']
 */
export async function* readFeed(options: FeedOptions): AsyncGenerator<FeedEvent> {
  const urls = typeof options.url === 'string' ? [options.url] : options.url;
  const { signal, onStatus } = options;
  let { after } = options;
  let wait = RETRY_MS;
  let unusable = 0;
  const stopped = (): boolean => signal?.aborted === true;
  for (let turn = 0; !stopped(); turn++) {
    const url = urls[turn % urls.length] as string;
    let broke: Error | undefined;
    try {
      onStatus?.({ state: 'connecting', url });
      for await (const event of connect(url, options, after)) {
        if (event.event === 'hello') onStatus?.({ state: 'live', url });
        after = event.id ?? after;
        [wait, unusable] = [RETRY_MS, 0];
        yield event;
      }
    } catch (error) {
      if (stopped()) return;
      broke = error as Error;
      unusable = error instanceof TransportError ? unusable + 1 : 0;
      if (error instanceof TransportError && unusable >= urls.length) throw error;
    }
    // There is another one to ask: only after all of them is it worth waiting.
    const isRound = (turn + 1) % urls.length === 0;
    const waitMs = isRound ? wait : 0;
    onStatus?.({ state: 'retrying', url, waitMs, error: broke });
    await pause(waitMs, signal);
    if (isRound) wait = Math.min(2 * wait, RETRY_MS_MAX);
  }
}

function addressOf(node: string, options: FeedOptions, after: string | undefined): URL {
  const url = new URL(FEED_PATH, node);
  const { topics, publisher, asset, namespace, kind, fromHeight } = options;
  if (topics !== undefined) url.searchParams.set('topics', topics.join(','));
  for (const [name, value] of Object.entries({ publisher, asset, namespace, kind })) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  if (after === undefined && fromHeight !== undefined) {
    url.searchParams.set('fromHeight', String(fromHeight));
  }
  return url;
}

async function* connect(
  node: string,
  options: FeedOptions,
  after: string | undefined,
): AsyncGenerator<FeedEvent> {
  const url = addressOf(node, options, after);
  const plain = options.fetch ?? fetch;
  const fetcher = options.token === undefined ? plain : withToken(options.token, plain);
  const response = await fetcher(url, {
    headers: {
      accept: 'text/event-stream',
      ...(after !== undefined && { 'last-event-id': after }),
    },
    ...(options.signal !== undefined && { signal: options.signal }),
  });
  const type = response.headers.get('content-type') ?? '';
  if (BUSY.includes(response.status)) {
    await response.body?.cancel();
    throw new Error(`${url.href} is busy (HTTP ${response.status})`);
  }
  if (!response.ok || !type.startsWith('text/event-stream') || response.body === null) {
    await response.body?.cancel();
    throw new TransportError(
      'BAD_ANSWER',
      url.href,
      `${url.href} is no feed (HTTP ${response.status})`,
    );
  }
  yield* parse(url.href, response.body);
}

async function* parse(url: string, body: ReadableStream<Uint8Array>): AsyncGenerator<FeedEvent> {
  const waiting: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent: (message) => void waiting.push(message),
    maxBufferSize: EVENT_BYTES_MAX,
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw tooLarge(url);
    },
  });
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (let part = await next(reader); part.value !== undefined; part = await next(reader)) {
      parser.feed(decoder.decode(part.value, { stream: true }));
      for (const message of waiting.splice(0)) yield eventOf(url, message);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The next bytes; an error where none come for long. */
async function next(reader: ReadableStreamDefaultReader<Uint8Array>) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('nothing came for long')), SILENCE_MS);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge(url: string): TransportError {
  return new TransportError('BAD_ANSWER', url, `${url} sent an event that is too large`);
}

function eventOf(url: string, { event, id, data }: EventSourceMessage): FeedEvent {
  try {
    return { event: event ?? 'message', id, data: JSON.parse(data) as Json };
  } catch (error) {
    throw new TransportError('BAD_ANSWER', url, `${url} sent an event that is no JSON`, {
      cause: error,
    });
  }
}
