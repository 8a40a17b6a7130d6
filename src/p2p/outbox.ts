/**
 * A long-lived outbound stream to one peer with a bounded queue before it. Opened when the peer is
 * there and something is to be sent, opened again when it breaks. A peer that doesn't read fast
 * enough is not waited for: its stream is reset and what was queued is dropped; the next message
 * starts afresh, since consensus and status both repeat what matters.
 */
import type { Stream } from '@libp2p/interface';
import { BoundedQueue } from '../common/bounded-queue.ts';

export interface OutboxOptions {
  /** Opens the stream; rejects when the peer is gone or doesn't speak the protocol. */
  readonly open: () => Promise<Stream>;
  readonly bytesMax: number;
  readonly messagesMax: number;
  /** The queue overflowed and was dropped with so many messages. */
  readonly overflowed: (dropped: number) => void;
}

/** A stream that broke is opened again after this, twice as long each time. */
const REOPEN_MS = 200;
/** The cap of that growth: a peer that restarts is not noticed late. */
const REOPEN_MS_MAX = 5_000;

export class Outbox {
  readonly #options: OutboxOptions;
  #queue: BoundedQueue<Uint8Array>;
  #queuedBytes = 0;
  #stream: Stream | undefined;
  #opening = false;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#queue = new BoundedQueue(options.messagesMax);
  }

  /** Messages and bytes not yet handed to the network. */
  get waiting(): { messages: number; bytes: number } {
    return {
      messages: this.#queue.size,
      bytes: this.#queuedBytes + (this.#stream?.writeBufferLength ?? 0),
    };
  }

  /** Queues a frame; it may be lost if the stream breaks. */
  push(frame: Uint8Array): void {
    if (this.#closed) return;
    const { messages, bytes } = this.waiting;
    if (messages >= this.#options.messagesMax || bytes + frame.length > this.#options.bytesMax) {
      this.#overflow();
    }
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
    this.#pump();
  }

  /** Queues a frame that makes all queued ones obsolete. */
  replace(frame: Uint8Array): void {
    this.#empty();
    this.push(frame);
  }

  /** Goes on over another stream: there is a newer connection. */
  reopen(): void {
    this.#stream?.abort(new Error('there is a newer connection'));
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#empty();
    this.#stream?.abort(new Error('closed'));
    this.#stream = undefined;
  }

  #overflow(): void {
    this.#options.overflowed(this.#queue.size);
    this.#empty();
    this.#stream?.abort(new Error('the peer reads too slowly'));
  }

  #empty(): void {
    this.#queue = new BoundedQueue(this.#options.messagesMax);
    this.#queuedBytes = 0;
  }

  #pump(): void {
    const stream = this.#stream;
    if (stream === undefined) {
      this.#open();
      return;
    }
    // One frame at a time beyond what the transport takes, so that `waiting` stays exact.
    while (stream.writeBufferLength === 0 && !stream.writableNeedsDrain) {
      const frame = this.#queue.shift();
      if (frame === undefined) return;
      this.#queuedBytes -= frame.length;
      try {
        stream.send(frame);
      } catch {
        stream.abort(new Error('sending failed'));
        return;
      }
    }
  }

  #open(): void {
    if (this.#opening || this.#retry !== undefined || this.#closed) return;
    this.#opening = true;
    this.#options.open().then(
      (stream) => this.#opened(stream),
      () => this.#failed(),
    );
  }

  #opened(stream: Stream): void {
    this.#opening = false;
    if (this.#closed || stream.status !== 'open') {
      stream.abort(new Error('no longer wanted'));
      this.#failed();
      return;
    }
    this.#stream = stream;
    // Not from within the event: the stream still counts itself as sending then.
    const pumpSoon = (): void => queueMicrotask(() => this.#stream === stream && this.#pump());
    stream.addEventListener('idle', pumpSoon);
    stream.addEventListener('drain', pumpSoon);
    stream.addEventListener('close', () => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#failed();
    });
    this.#pump();
    this.#failures = 0;
  }

  #failed(): void {
    this.#opening = false;
    if (this.#closed) return;
    const pause = Math.min(REOPEN_MS * 2 ** this.#failures, REOPEN_MS_MAX);
    this.#failures += 1;
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        if (this.#queue.size > 0) this.#pump();
      },
      pause * (0.75 + Math.random() / 2),
    );
  }
}
