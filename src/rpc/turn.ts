/** Long work lets others have the event loop from time to time. */
import { TURN_MS } from './limits.ts';

export class Turn {
  #ends = performance.now() + TURN_MS;

  get isOver(): boolean {
    return performance.now() >= this.#ends;
  }

  /** Begins the next one, when others had theirs. */
  async next(): Promise<void> {
    await new Promise(setImmediate);
    this.#ends = performance.now() + TURN_MS;
  }

  /** Returns at once, or, where this turn is over, when the next one begins. */
  async pass(): Promise<void> {
    if (this.isOver) await this.next();
  }
}
