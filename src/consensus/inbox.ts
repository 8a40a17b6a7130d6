/**
 * What waits for the engine: messages in a queue that is bounded for each sender, so that a flood
 * from one leaves room for the others, and everything of our own, which is never dropped.
 */
import { BoundedQueue } from '../common/bounded-queue.ts';
import { MESSAGE_BYTES_MAX } from './messages.ts';

/** Several views of votes and certificates from every validator. */
const MESSAGES_MAX = 16_384;
const MESSAGES_PER_SENDER_MAX = 1_024;
/** A few of the largest blocks. */
const BYTES_PER_SENDER_MAX = 3 * MESSAGE_BYTES_MAX;

export interface InboxMessage {
  /** Member id. */
  readonly from: string;
  readonly bytes: Uint8Array;
}

export class Inbox {
  readonly #messages = new BoundedQueue<InboxMessage>(MESSAGES_MAX);
  readonly #shares = new Map<string, { count: number; bytes: number }>();

  get size(): number {
    return this.#messages.size;
  }

  /** False where the sender has used up its share. */
  push(message: InboxMessage): boolean {
    const { from, bytes } = message;
    let share = this.#shares.get(from);
    if (share === undefined) {
      share = { count: 0, bytes: 0 };
      this.#shares.set(from, share);
    }
    if (share.count >= MESSAGES_PER_SENDER_MAX) return false;
    if (share.bytes + bytes.length > BYTES_PER_SENDER_MAX) return false;
    if (!this.#messages.push(message)) return false;
    share.count++;
    share.bytes += bytes.length;
    return true;
  }

  shift(): InboxMessage | undefined {
    const message = this.#messages.shift();
    const share = message === undefined ? undefined : this.#shares.get(message.from);
    if (message !== undefined && share !== undefined) {
      share.count--;
      share.bytes -= message.bytes.length;
      if (share.count === 0) this.#shares.delete(message.from);
    }
    return message;
  }
}
