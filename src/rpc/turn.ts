/** Long work lets others have the event loop from time to time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TURN_MS } from './limits.ts';

export class Turn {
  readonly #restMs: number;
  #ends = performance.now() + TURN_MS;

  /** @param restMs how long others have it at least */
  constructor(restMs = 0) {
    this.#restMs = restMs;
  }

  /** Returns at once, or, where this turn is over, when the next one begins. */
  async pass(): Promise<void> {
    if (performance.now() < this.#ends) return;
    await (this.#restMs === 0 ? new Promise(setImmediate) : sleep(this.#restMs));
    this.#ends = performance.now() + TURN_MS;
  }
}
