/** How long the newest blocks took to become final here; what was only synced is left out. */
import type { Ledger } from '../state/ledger.ts';

/** Some minutes of a busy chain: enough for a chart. */
const SAMPLES_MAX = 300;
/** A block that is older than this when it comes was caught up with, not watched. */
const WATCHED_MS_MAX = 30_000;

export interface FinalitySample {
  readonly height: number;
  /** Ledger time, ms. */
  readonly time: number;
  /** From the block's time to now, by this node's clock; members' clocks may differ a little. */
  readonly finalMs: number;
}

export class FinalityLog {
  readonly #samples: FinalitySample[] = [];
  readonly #unlisten: () => void;

  constructor(ledger: Ledger, now: () => number = Date.now) {
    this.#unlisten = ledger.onFinal(({ block }) => {
      const { height, time } = block.header;
      const finalMs = Math.max(0, now() - time);
      if (finalMs > WATCHED_MS_MAX) return;
      this.#samples.push({ height, time, finalMs });
      if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
    });
  }

  /** Oldest first. */
  get samples(): readonly FinalitySample[] {
    return this.#samples;
  }

  stop(): void {
    this.#unlisten();
  }
}
