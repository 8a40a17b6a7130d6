/**
 * One client of the feed. It has a position in the ledger and is told block by block from there up
 * to the head (`rounds.ts`): resuming and live are the same. It pauses while its socket is full,
 * and is closed if it stays so.
 */
import {
  FEED_BUFFER_BYTES_MAX,
  FEED_CACHE_BLOCKS,
  FEED_STALL_MS,
  FEED_STEP_BLOCKS,
} from '../limits.ts';
import type { LiveTopic } from './events.ts';
import { chosen, type FeedRequest } from './request.ts';
import type { FeedSink } from './sink.ts';
import type { FeedSource } from './source.ts';

export interface FeedClientOptions {
  readonly source: FeedSource;
  readonly request: FeedRequest;
  readonly sink: FeedSink;
  /** There is room again. */
  readonly onRoom: (client: FeedClient) => void;
  readonly onSent: (count: number) => void;
  readonly onSlow: () => void;
  readonly onError: (error: unknown) => void;
}

export class FeedClient {
  readonly #options: FeedClientOptions;
  #height: number;
  #index: number;
  /** The newest event looked at, sent or filtered out, and the last id that the client was told. */
  #reached: string | undefined;
  #told: string | undefined;
  /** What stands in no block and waits for this client's turn: the newest of each topic. */
  readonly #news = new Map<LiveTopic, string>();
  #pinged = false;
  #stalled: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: FeedClientOptions) {
    const { request, source, sink } = options;
    this.#options = options;
    this.#height = request.after?.height ?? source.head + 1;
    this.#index = request.after === undefined ? 0 : request.after.index + 1;
    sink.listen({ drain: () => this.#resume(), end: () => this.end() });
  }

  /** How many blocks it is yet to be told of; none while it can't take any. */
  get due(): number {
    const behind = Math.max(0, this.#options.source.head + 1 - this.#height);
    return behind > 0 && this.#mayWrite() ? behind : 0;
  }

  /** Whether it has a turn: there is something to tell it, and it can take that. */
  get waits(): boolean {
    return this.due > 0 || ((this.#news.size > 0 || this.#pinged) && this.#mayWrite());
  }

  /**
   * Tells it of the next block, or of the next few where others have read those already, and what
   * stands in no block before; ends it where that fails. Never throws.
   */
  step(): void {
    if (!this.waits) return;
    this.#tellNews();
    const { due } = this;
    const atOnce = due > FEED_CACHE_BLOCKS ? 1 : FEED_STEP_BLOCKS;
    try {
      for (let told = 0; told < atOnce && this.due > 0; told++) this.#tell();
    } catch (error) {
      this.#options.onError(error);
      this.close('the node failed');
    }
  }

  /** An event that stands in no block, for who asked for it; a newer one takes its place. */
  live(topic: LiveTopic, json: string): void {
    if (this.#options.request.live.has(topic)) this.#news.set(topic, json);
  }

  /** Keeps proxies from closing the connection, and tells a filtering client how far it is. */
  ping(): void {
    this.#pinged = true;
  }

  /** Ends with a reason that the client can see. */
  close(reason: string): void {
    if (this.#closed) return;
    this.end();
    this.#options.sink.close(reason);
  }

  /** Sends nothing any more. */
  end(): void {
    this.#closed = true;
    clearTimeout(this.#stalled);
  }

  #tellNews(): void {
    const { sink } = this.#options;
    for (const [topic, json] of this.#news) sink.live(topic, json);
    this.#news.clear();
    if (!this.#pinged) return;
    this.#pinged = false;
    sink.ping(this.#reached === this.#told ? undefined : this.#reached);
    this.#told = this.#reached;
  }

  /** The rest of one block, or that there are some which nobody here can tell of any more. */
  #tell(): void {
    const { source, request, onSent, sink } = this.#options;
    if (this.#height < source.oldest) {
      const to = Math.min(source.oldest - 1, source.head);
      sink.gap({ from: this.#height, to, reason: 'PRUNED' });
      [this.#height, this.#index] = [to + 1, 0];
      return;
    }
    const items = source.items(this.#height, request.topics);
    const wanted = chosen(items, request, this.#index);
    this.#reached = items.at(-1)?.id ?? this.#reached;
    this.#told = wanted.at(-1)?.id ?? this.#told;
    [this.#height, this.#index] = [this.#height + 1, 0];
    if (wanted.length === 0) return;
    sink.events(wanted);
    onSent(wanted.length);
  }

  #mayWrite(): boolean {
    if (this.#closed || this.#stalled !== undefined) return false;
    if (this.#options.sink.buffered < FEED_BUFFER_BYTES_MAX) return true;
    this.#stalled = setTimeout(() => {
      this.#options.onSlow();
      this.close('slow consumer');
    }, FEED_STALL_MS);
    return false;
  }

  #resume(): void {
    if (this.#closed || this.#stalled === undefined) return;
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    this.#options.onRoom(this);
  }
}
