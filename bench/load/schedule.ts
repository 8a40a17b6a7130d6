/** When transactions are due: pure, the clock is the caller's. */
import type { Loop } from './plan.ts';

/** How long a closed loop leaves between looks at what became final. */
const CLOSED_TICK_MS = 10;

export interface Due {
  /** The intended time of each that is to be sent now. */
  readonly times: readonly number[];
  /** How long nothing more is to be done, in ms. */
  readonly pauseMs: number;
}

/** Of an open loop nothing is ever skipped: what could not be sent in time is late. */
export class Schedule {
  readonly #loop: Loop;
  readonly #started: number;
  #sent = 0;

  constructor(loop: Loop, started: number) {
    this.#loop = loop;
    this.#started = started;
  }

  due(now: number, underWay: number): Due {
    const loop = this.#loop;
    if (loop.kind === 'closed') {
      const missing = Math.max(0, loop.underWay - underWay);
      return { times: Array.from({ length: missing }, () => now), pauseMs: CLOSED_TICK_MS };
    }
    const times: number[] = [];
    while (this.#time(this.#sent) <= now) times.push(this.#time(this.#sent++));
    return { times, pauseMs: Math.max(this.#time(this.#sent) - now, loop.everyMs ?? 0) };
  }

  /** Of the open loop's transaction with this number. */
  #time(number: number): number {
    const perSecond = this.#loop.kind === 'open' ? this.#loop.perSecond : 1;
    return this.#started + (1_000 * number) / perSecond;
  }
}
