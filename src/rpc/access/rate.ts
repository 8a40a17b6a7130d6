/**
 * How much each client may ask for: a token bucket a client, refilled with time. A batch is let in
 * by what it is known to cost when it comes, and charged for the rest after it was read, so that a
 * bucket may go below nothing and its owner waits longer.
 */
import { RATE_BURST_SECONDS, RATE_CLIENTS_MAX } from '../limits.ts';

export interface RateOptions {
  /** Calls a second. */
  readonly perSecond: number;
  /** In ms; only differences count. */
  now(): number;
}

interface Bucket {
  calls: number;
  at: number;
}

const MS_PER_SECOND = 1_000;

export class RateLimiter {
  readonly #options: RateOptions;
  readonly #full: number;
  /** The client heard last at the end. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateOptions) {
    this.#options = options;
    this.#full = options.perSecond * RATE_BURST_SECONDS;
  }

  /** Takes one call; else how many ms to wait. */
  admit(client: string): number | undefined {
    const bucket = this.#bucket(client);
    if (bucket.calls >= 1) {
      bucket.calls--;
      return undefined;
    }
    return Math.ceil(((1 - bucket.calls) / this.#options.perSecond) * MS_PER_SECOND);
  }

  /** Takes what a request turned out to cost beside its first call. */
  charge(client: string, calls: number): void {
    this.#bucket(client).calls -= calls;
  }

  #bucket(client: string): Bucket {
    const now = this.#options.now();
    const found = this.#buckets.get(client);
    this.#buckets.delete(client);
    const bucket = found ?? { calls: this.#full, at: now };
    const refill = ((now - bucket.at) / MS_PER_SECOND) * this.#options.perSecond;
    bucket.calls = Math.min(this.#full, bucket.calls + refill);
    bucket.at = now;
    this.#buckets.set(client, bucket);
    // Whoever was not heard for longest has most likely a full bucket again.
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > RATE_CLIENTS_MAX && oldest !== undefined) {
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
