/**
 * How long batches take to become final now, seen by watching one at a time; and from that, how
 * long to hold one before it is passed on. A fixed delay would be wrong either way: under load
 * nothing is final by then, so that every batch would come three times, and at rest a node that
 * the sealer doesn't reach would wait for nothing.
 */

/** A quiet chain of machines far apart makes a batch final in this; what comes late is rare. */
const DELAY_MS_MIN = 200;
/**
 * The sealer itself repeats what isn't final after some seconds; a chain that stands still must not
 * keep batches from who lacks them, since that may be what it waits for.
 */
const DELAY_MS_MAX = 4_000;
/** Of what a batch took; beyond twice as much the next block has been missed. */
const DELAY_FACTOR = 2;
/** How much of the difference a faster batch takes away: one alone may be lucky. */
const DECAY = 0.25;

export class FinalityPace {
  readonly #waits: (batch: Uint8Array) => boolean;
  /** What became final last took about so long, in ms. */
  #tookMs = 0;
  #watched: { readonly batch: Uint8Array; readonly since: number } | undefined;

  /** @param waits whether anything in a batch still waits to become final */
  constructor(waits: (batch: Uint8Array) => boolean) {
    this.#waits = waits;
  }

  /** A good batch came. */
  watch(batch: Uint8Array, now: number): void {
    // What takes for ever, maybe since it can't be included, says nothing about the others.
    if (this.#watched !== undefined && now - this.#watched.since < DELAY_MS_MAX) return;
    this.#watched = { batch, since: now };
  }

  /** Something became final. */
  finalMoved(now: number): void {
    const watched = this.#watched;
    if (watched === undefined || this.#waits(watched.batch)) return;
    this.#watched = undefined;
    const took = now - watched.since;
    this.#tookMs = took > this.#tookMs ? took : this.#tookMs + DECAY * (took - this.#tookMs);
  }

  /** For how many ms to hold a batch that came now. */
  delay(now: number): number {
    const waiting = this.#watched === undefined ? 0 : now - this.#watched.since;
    const expected = DELAY_FACTOR * Math.max(this.#tookMs, waiting);
    return Math.min(DELAY_MS_MAX, Math.max(DELAY_MS_MIN, expected));
  }
}
