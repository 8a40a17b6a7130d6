/**
 * Requests take turns with everything else that this thread does: of one round of the event loop
 * they get a few milliseconds together, and the rest of them wait for the next. So consensus, which
 * shares the thread, waits for no more than that, however many clients there are. Who waits is
 * counted as under way, and of those there is a bound (`Admission`).
 */
import { TURN_MS } from '../limits.ts';

export class Turns {
  readonly #waiting: (() => void)[] = [];
  /** Who has begun, and holds what it has so far: before all that have not. */
  readonly #begun: (() => void)[] = [];
  #ends = 0;
  #open = false;

  /** Undefined: at once. Else it resolves when it is this caller's turn, in the order of asking. */
  take(): Promise<void> | undefined {
    this.#begin();
    const isFree = this.#waiting.length === 0 && this.#begun.length === 0;
    return isFree && performance.now() < this.#ends ? undefined : inLine(this.#waiting);
  }

  /** The same for who goes on with what it has begun. */
  goOn(): Promise<void> | undefined {
    this.#begin();
    return performance.now() < this.#ends ? undefined : inLine(this.#begun);
  }

  /** The first of a round of the loop begins a turn, which the next round ends. */
  #begin(): void {
    if (this.#open) return;
    this.#open = true;
    this.#ends = performance.now() + TURN_MS;
    setImmediate(() => void this.#next());
  }

  async #next(): Promise<void> {
    this.#open = false;
    if (this.#waiting.length === 0 && this.#begun.length === 0) return;
    this.#begin();
    while (performance.now() < this.#ends) {
      const go = this.#begun.shift() ?? this.#waiting.shift();
      if (go === undefined) return;
      go();
      // What it does up to its first wait happens before the next one is woken.
      await undefined;
    }
  }
}

function inLine(line: (() => void)[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  line.push(resolve);
  return promise;
}
