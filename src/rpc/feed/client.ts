/**
 * One client of the feed. It has a position in the ledger and is pumped from there up to the head:
 * resuming and live are the same. It pauses while its socket is full, and is closed if it stays so.
 */
import type { Writable } from 'node:stream';
import {
  FEED_BUFFER_BYTES_MAX,
  FEED_REPLAY_BLOCKS_MAX,
  FEED_STALL_MS,
  TURN_MS,
} from '../limits.ts';
import { type FeedRequest, wants } from './request.ts';
import { eventText, type FeedSource } from './source.ts';

/** Time for the goodbye to get through. */
const CLOSE_MS = 1_000;

export interface FeedClientOptions {
  readonly source: FeedSource;
  readonly request: FeedRequest;
  readonly socket: Writable;
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
    const { request, source, socket } = options;
    this.#options = options;
    this.#height = request.after?.height ?? source.head + 1;
    this.#index = request.after === undefined ? 0 : request.after.index + 1;
    socket.on('drain', () => this.#resume());
    socket.on('close', () => this.#end());
    socket.on('error', () => this.#end());
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
    const id = this.#reached === this.#told ? '' : `id: ${this.#reached}\n`;
    this.#told = this.#reached;
    this.#options.socket.write(`: ping\n${id}\n`);
  }

  /** Ends the stream with a reason that EventSource clients can see. */
  close(reason: string): void {
    if (this.#closed) return;
    const { socket } = this.#options;
    this.#end();
    socket.end(`: closed: ${reason}\n${eventText('closed', { reason })}`);
    // Who does not read gets no goodbye either.
    setTimeout(() => socket.destroy(), CLOSE_MS).unref();
  }

  /** Sends the rest of one block, or jumps over what is too much to replay. */
  #step(): void {
    const { source, request, onSent, socket } = this.#options;
    const behind = source.head + 1 - this.#height;
    const pruned = this.#height < source.oldest;
    if (pruned || behind > FEED_REPLAY_BLOCKS_MAX) {
      const reason = pruned ? 'PRUNED' : 'TOO_FAR_BEHIND';
      socket.write(eventText('gap', { from: this.#height, to: source.head, reason }));
      this.#height = source.head + 1;
      this.#index = 0;
      return;
    }
    const items = source.items(this.#height);
    for (const { event, text, id } of items.slice(this.#index)) {
      this.#reached = id;
      if (!wants(request, event)) continue;
      this.#told = id;
      socket.write(text);
      onSent();
    }
    this.#height++;
    this.#index = 0;
  }

  #mayWrite(): boolean {
    if (this.#closed || this.#stalled !== undefined) return false;
    if (this.#options.socket.writableLength < FEED_BUFFER_BYTES_MAX) return true;
    this.#stalled = setTimeout(() => {
      this.#options.onSlow();
      this.close('slow consumer');
    }, FEED_STALL_MS);
    return false;
  }

  #resume(): void {
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    void this.pump();
  }

  #end(): void {
    this.#closed = true;
    clearTimeout(this.#stalled);
  }
}
