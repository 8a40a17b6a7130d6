/**
 * The node's feed (server-sent events): only final data, resumed where it broke off. What has an id
 * (`height-index`) comes at least once and in order; whoever acts on it drops ids it has seen.
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

export interface FeedOptions {
  /** The node's RPC address. */
  readonly url: string;
  /** Event names; all, if left out. */
  readonly topics?: readonly string[];
  /** Go on behind this id. */
  readonly after?: string;
  readonly signal?: AbortSignal;
  /** Where reading needs one. */
  readonly token?: string;
  readonly fetch?: Fetch;
}

const FEED_PATH = '/api/v1/events';
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 15_000;
/** One event holds at most one transaction's operation: far below this. */
const EVENT_BYTES_MAX = 1024 * 1024;

/**
 * Reads until the signal is aborted, connecting again as often as needed.
 *
 * @throws TransportError BAD_ANSWER where what answers is no feed
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
  let after = options.after;
  let wait = RETRY_MS;
  const stopped = (): boolean => options.signal?.aborted === true;
  while (!stopped()) {
    try {
      for await (const event of connect(options, after)) {
        after = event.id ?? after;
        wait = RETRY_MS;
        yield event;
      }
    } catch (error) {
      if (stopped()) return;
      if (error instanceof TransportError) throw error;
    }
    await pause(wait, options.signal);
    wait = Math.min(2 * wait, RETRY_MS_MAX);
  }
}

async function* connect(
  options: FeedOptions,
  after: string | undefined,
): AsyncGenerator<FeedEvent> {
  const url = new URL(FEED_PATH, options.url);
  if (options.topics !== undefined) url.searchParams.set('topics', options.topics.join(','));
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
    for (let part = await reader.read(); part.value !== undefined; part = await reader.read()) {
      parser.feed(decoder.decode(part.value, { stream: true }));
      for (const message of waiting.splice(0)) yield eventOf(url, message);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
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
