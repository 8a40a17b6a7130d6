/**
 * Requests take turns with everything else that this thread does: of one round of the event loop
 * they get a few milliseconds together, and the rest of them wait for the next. So consensus, which
 * shares the thread, waits for no more than that, however many clients there are. Who waits is
 * counted as under way, and of those there is a bound (`Admission`); and where all wait long for
 * some time, nobody who asks for much is let into the line (`isLate`), and hears so at once. That a
 * line is long says nothing: a hundred small calls are one turn, a hundred full ones are seconds.
 */
import { LINE_LATE_AFTER_MS, LINE_WAIT_MS_MAX, TURN_MS } from '../limits.ts';

/** Who waits, and since when. */
interface Waiting {
  readonly since: number;
  readonly go: () => void;
}

export class Turns {
  readonly #waiting: Waiting[] = [];
  /** Who has begun, and holds what it has so far: before all that have not. */
  readonly #begun: (() => void)[] = [];
  #ends = 0;
  #open = false;
  /** Since when everybody has waited too long. */
  #lateSince: number | undefined;
  readonly #now: () => number;

  /** @param now ms of a clock that never goes back */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** Whether the line takes more than this thread gets done, and not for a moment only. */
  get isLate(): boolean {
    return (
      this.#lateSince !== undefined &&
      this.#waiting.length > 0 &&
      this.#now() - this.#lateSince > LINE_LATE_AFTER_MS
    );
  }

  /** Undefined: at once. Else it resolves when it is this caller's turn, in the order of asking. */
  take(): Promise<void> | undefined {
    this.#begin();
    const isFree = this.#waiting.length === 0 && this.#begun.length === 0;
    if (!isFree || this.#now() >= this.#ends) return this.#inLine();
    this.#lateSince = undefined;
    return undefined;
  }

  /** The same for who goes on with what it has begun. */
  goOn(): Promise<void> | undefined {
    this.#begin();
    if (this.#now() < this.#ends) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#begun.push(resolve);
    return promise;
  }

  /** The first of a round of the loop begins a turn, which the next round ends. */
  #begin(): void {
    if (this.#open) return;
    this.#open = true;
    this.#ends = this.#now() + TURN_MS;
    setImmediate(() => void this.#next());
  }

  async #next(): Promise<void> {
    this.#open = false;
    if (this.#waiting.length === 0 && this.#begun.length === 0) return;
    this.#begin();
    while (this.#now() < this.#ends) {
      const go = this.#begun.shift() ?? this.#first();
      if (go === undefined) return;
      go();
      // What it does up to its first wait happens before the next one is woken.
      await undefined;
    }
  }

  /** Who has waited longest to begin. */
  #first(): (() => void) | undefined {
    const first = this.#waiting.shift();
    if (first === undefined) return undefined;
    const now = this.#now();
    if (now - first.since < LINE_WAIT_MS_MAX) this.#lateSince = undefined;
    else this.#lateSince ??= now;
    return first.go;
  }

  #inLine(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ since: this.#now(), go: resolve });
    return promise;
  }
}
