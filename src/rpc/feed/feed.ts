/** `GET /api/v1/events`: all clients of the feed, bounded in number. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Ledger } from '../../state/ledger.ts';
import type { Queries } from '../context.ts';
import { FEED_CLIENTS_MAX, FEED_PING_MS, FEED_RETRY_MS } from '../limits.ts';
import type { RpcMetrics } from '../metrics.ts';
import { hashText, timeText } from '../views.ts';
import { FeedClient } from './client.ts';
import type { FeedRequest } from './request.ts';
import { eventText, FeedSource } from './source.ts';

/** Unbuffered, never cached. */
const FEED_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

export interface FeedOptions {
  readonly ledger: Ledger;
  readonly queries: Queries;
  readonly metrics: RpcMetrics;
  readonly log: Logger;
  readonly clientsMax?: number;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #source: FeedSource;
  readonly #clients = new Set<FeedClient>();
  readonly #unlisten: () => void;
  readonly #pinging: ReturnType<typeof setInterval>;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#source = new FeedSource(options.ledger, options.queries);
    this.#unlisten = options.ledger.onFinal(() => {
      for (const client of this.#clients) void client.pump();
    });
    this.#pinging = setInterval(() => {
      for (const client of this.#clients) client.ping();
    }, FEED_PING_MS);
    this.#pinging.unref();
  }

  get full(): boolean {
    return this.#clients.size >= (this.#options.clientsMax ?? FEED_CLIENTS_MAX);
  }

  /** Takes over a connection. */
  serve(request: FeedRequest, incoming: IncomingMessage, response: ServerResponse): void {
    const { metrics, log } = this.#options;
    const client = new FeedClient({
      source: this.#source,
      request,
      socket: response,
      onSent: () => metrics.feedEvents.inc(),
      onSlow: () => metrics.rejected.inc({ reason: 'feed_slow' }),
      onError: (error) => log.error({ err: error }, 'the feed failed'),
    });
    this.#clients.add(client);
    metrics.feedClients.set(this.#clients.size);
    response.on('close', () => {
      this.#clients.delete(client);
      metrics.feedClients.set(this.#clients.size);
    });
    incoming.socket.setNoDelay(true);
    response.writeHead(200, FEED_HEADERS);
    response.write(`retry: ${FEED_RETRY_MS}\n\n${this.#hello()}`);
    void client.pump();
  }

  /** Says goodbye to all clients. */
  stop(): void {
    this.#unlisten();
    clearInterval(this.#pinging);
    for (const client of this.#clients) client.close('the node stops');
  }

  #hello(): string {
    const { header, hash } = this.#options.ledger.head;
    return eventText('hello', {
      chain: hashText(this.#options.ledger.chain),
      head: { height: header.height, hash: hashText(hash), time: timeText(header.time) },
    });
  }
}
