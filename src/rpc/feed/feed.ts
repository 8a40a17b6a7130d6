/** All clients of the feed, by server-sent events and by socket, bounded in number. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Ledger } from '../../state/ledger.ts';
import type { Queries } from '../context.ts';
import { FEED_CLIENTS_MAX, FEED_PING_MS, FEED_RETRY_MS } from '../limits.ts';
import type { RpcMetrics } from '../metrics.ts';
import { hashText, timeText } from '../views.ts';
import { FeedClient } from './client.ts';
import type { FeedRequest } from './request.ts';
import { FeedRounds } from './rounds.ts';
import { eventStream, type FeedSink } from './sink.ts';
import { eventText, FeedSource } from './source.ts';
import { StatusEvents, type StatusReport } from './status-events.ts';

/** Unbuffered, never cached. */
const FEED_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

export interface FeedOptions {
  readonly ledger: Ledger;
  readonly queries: Queries;
  /** What is so now. */
  readonly report: StatusReport;
  readonly metrics: RpcMetrics;
  readonly log: Logger;
  readonly clientsMax?: number;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #source: FeedSource;
  readonly #clients = new Set<FeedClient>();
  readonly #rounds = new FeedRounds();
  readonly #status: StatusEvents;
  readonly #unlisten: () => void;
  readonly #pinging: ReturnType<typeof setInterval>;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#source = new FeedSource(options.ledger, options.queries);
    this.#unlisten = options.ledger.onFinal(() => {
      if (this.#clients.size > 0) void this.#rounds.wake(this.#clients);
    });
    this.#status = new StatusEvents(options.report, (topic, json) => {
      for (const client of this.#clients) client.live(topic, json);
      void this.#rounds.wake(this.#clients);
    });
    this.#pinging = setInterval(() => {
      for (const client of this.#clients) client.ping();
      void this.#rounds.wake(this.#clients);
    }, FEED_PING_MS);
    this.#pinging.unref();
  }

  get full(): boolean {
    return this.#clients.size >= (this.#options.clientsMax ?? FEED_CLIENTS_MAX);
  }

  /** Takes over a connection. */
  serve(request: FeedRequest, incoming: IncomingMessage, response: ServerResponse): void {
    incoming.socket.setNoDelay(true);
    response.writeHead(200, FEED_HEADERS);
    const { chain, head } = this.hello();
    response.write(`retry: ${FEED_RETRY_MS}\n\n${eventText('hello', { chain, head })}`);
    const leave = this.join(request, eventStream(response));
    response.on('close', leave);
  }

  /** Sends a client what it asks for, from now on; gives what ends that without a word. */
  join(request: FeedRequest, sink: FeedSink): () => void {
    const { metrics, log } = this.#options;
    const client = new FeedClient({
      source: this.#source,
      request,
      sink,
      onRoom: (roomy) => void this.#rounds.wake([roomy]),
      onSent: (count) => metrics.feedEvents.inc(count),
      onSlow: () => metrics.rejected.inc({ reason: 'feed_slow' }),
      onError: (error) => log.error({ err: error }, 'the feed failed'),
    });
    this.#clients.add(client);
    metrics.feedClients.set(this.#clients.size);
    const leaveStatus = this.#status.join(request.live, (topic, json) => client.live(topic, json));
    void this.#rounds.wake([client]);
    return () => {
      leaveStatus();
      client.end();
      this.#clients.delete(client);
      metrics.feedClients.set(this.#clients.size);
    };
  }

  /** Says goodbye to all clients. */
  stop(): void {
    this.#unlisten();
    this.#status.stop();
    clearInterval(this.#pinging);
    for (const client of this.#clients) client.close('the node stops');
  }

  /** Which chain this is, and how far. */
  hello() {
    const { header, hash } = this.#options.ledger.head;
    return {
      chain: hashText(this.#options.ledger.chain),
      head: { height: header.height, hash: hashText(hash), time: timeText(header.time) },
    };
  }
}
