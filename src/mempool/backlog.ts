/**
 * How much may wait before clients are told to come back: what becomes final within a second, as it
 * did lately. Who is let in then knows soon what became of it, whatever is offered; peers' batches
 * are held to the pool's own bounds only, since their clients have been let in, so with several
 * doors there may be some seconds' worth. Each sender has its part of it (`share.ts`): blocks take
 * from all in turns, so who waits behind few of its own waits for no flood.
 */

/** Waiting longer than this serves nobody: the client's own time is running, too. */
const WAIT_MS_MAX = 1_000;
/** A chain at rest takes a burst like this without knowing how fast it is. */
const BACKLOG_MIN = 4_000;
/** So long a rate is measured; half of it is forgotten with each. */
const SPAN_MS = 1_000;

export class Backlog {
  #since: number;
  #count = 0;
  /** Final transactions a ms. */
  #rate = 0;

  /** @param now ms of any clock, here and below */
  constructor(now: number) {
    this.#since = now;
  }

  /** Transactions. */
  get max(): number {
    return Math.max(BACKLOG_MIN, this.#rate * WAIT_MS_MAX);
  }

  /** So many have become final. */
  final(count: number, now: number): void {
    this.#count += count;
    const elapsed = now - this.#since;
    if (elapsed >= 0 && elapsed < SPAN_MS) return;
    // Else the clock was put back.
    if (elapsed > 0) this.#rate = (this.#rate + this.#count / elapsed) / 2;
    this.#count = 0;
    this.#since = now;
  }
}
