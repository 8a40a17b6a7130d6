/** Waiting for the chain: one listener on the ledger for all calls that wait. */
import type { Ledger } from '../state/ledger.ts';
import { MIN_HEIGHT_WAIT_MS, WAITERS_MAX } from './limits.ts';
import { refuse } from './refusal.ts';

interface Waiter {
  readonly until: () => boolean;
  readonly resolve: (reached: boolean) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Wakes waiting calls after every final block. */
export class HeadWatch {
  readonly #ledger: Ledger;
  readonly #waiters = new Set<Waiter>();
  readonly #unlisten: () => void;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#unlisten = ledger.onFinal(() => this.#wake());
  }

  get height(): number {
    return this.#ledger.head.header.height;
  }

  /** Waits at most `ms` until `condition` holds, which only a final block can bring about. */
  async wait(condition: () => boolean, ms: number): Promise<boolean> {
    if (condition()) return true;
    if (ms <= 0) return false;
    if (this.#waiters.size >= WAITERS_MAX) {
      refuse('LIMIT_EXCEEDED', { code: 'TOO_MANY_WAITING', retryable: true });
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => this.#settle(waiter, false), ms);
    const waiter: Waiter = { until: condition, resolve, timer };
    this.#waiters.add(waiter);
    return await promise;
  }

  /** Waits until the block of `height` is final here; else refuses with SYNCING. */
  async reach(height: number): Promise<void> {
    if (await this.wait(() => this.height >= height, MIN_HEIGHT_WAIT_MS)) return;
    refuse('SYNCING', {
      message: `this node is at height ${this.height}, not yet at ${height}`,
      retryable: true,
      height: this.height,
    });
  }

  /** Ends all waiting: what did not come by now will not. */
  stop(): void {
    this.#unlisten();
    for (const waiter of this.#waiters) this.#settle(waiter, false);
  }

  #wake(): void {
    for (const waiter of this.#waiters) if (waiter.until()) this.#settle(waiter, true);
  }

  #settle(waiter: Waiter, reached: boolean): void {
    clearTimeout(waiter.timer);
    this.#waiters.delete(waiter);
    waiter.resolve(reached);
  }
}
