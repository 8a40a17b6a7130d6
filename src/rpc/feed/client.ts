/**
 * One client of the feed. It has a position in the ledger and is pumped from there up to the head:
 * resuming and live are the same. It pauses while its socket is full, and is closed if it stays so.
 */
import {
  FEED_BUFFER_BYTES_MAX,
  FEED_REPLAY_BLOCKS_MAX,
  FEED_STALL_MS,
  TURN_MS,
} from '../limits.ts';
import { type FeedRequest, wants } from './request.ts';
import type { FeedSink } from './sink.ts';
import type { FeedSource } from './source.ts';

export interface FeedClientOptions {
  readonly source: FeedSource;
  readonly request: FeedRequest;
  readonly sink: FeedSink;
  readonly onSent: () => void;
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
  #pumping = false;
  #stalled: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: FeedClientOptions) {
    const { request, source, sink } = options;
    this.#options = options;
    this.#height = request.after?.height ?? source.head + 1;
    this.#index = request.after === undefined ? 0 : request.after.index + 1;
    sink.listen({ drain: () => this.#resume(), end: () => this.end() });
  }

  /** Sends what is new; returns at once if that is going on already. Never rejects. */
  async pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      let turnEnds = performance.now() + TURN_MS;
      while (this.#mayWrite() && this.#height <= this.#options.source.head) {
        this.#step();
        if (performance.now() < turnEnds) continue;
        await new Promise(setImmediate);
        turnEnds = performance.now() + TURN_MS;
      }
    } catch (error) {
      this.#options.onError(error);
      this.close('the node failed');
    } finally {
      this.#pumping = false;
    }
  }

  /** Keeps proxies from closing the connection, and tells a filtering client how far it is. */
  ping(): void {
    if (!this.#mayWrite()) return;
    this.#options.sink.ping(this.#reached === this.#told ? undefined : this.#reached);
    this.#told = this.#reached;
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

  /** Sends the rest of one block, or jumps over what is too much to replay. */
  #step(): void {
    const { source, request, onSent, sink } = this.#options;
    const behind = source.head + 1 - this.#height;
    const pruned = this.#height < source.oldest;
    if (pruned || behind > FEED_REPLAY_BLOCKS_MAX) {
      const reason = pruned ? 'PRUNED' : 'TOO_FAR_BEHIND';
      sink.gap({ from: this.#height, to: source.head, reason });
      this.#height = source.head + 1;
      this.#index = 0;
      return;
    }
    const items = source.items(this.#height);
    for (const item of items.slice(this.#index)) {
      this.#reached = item.id;
      if (!wants(request, item.event)) continue;
      this.#told = item.id;
      sink.event(item);
      onSent();
    }
    this.#height++;
    this.#index = 0;
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
    void this.pump();
  }
}
