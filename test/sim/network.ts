/** Links between nodes that lose, delay, duplicate and reorder, each direction by itself. */
import type { Prng } from './prng.ts';
import type { Schedule } from './schedule.ts';

export interface LinkFaults {
  readonly loss: number;
  readonly duplication: number;
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
}

export class SimNetwork {
  faults: LinkFaults;
  /** Directed links that carry nothing, as `from>to`. */
  readonly cut = new Set<string>();
  readonly #schedule: Schedule;
  readonly #random: Prng;
  readonly #deliver: (from: number, to: number, bytes: Uint8Array) => void;

  constructor(options: {
    faults: LinkFaults;
    schedule: Schedule;
    random: Prng;
    deliver: (from: number, to: number, bytes: Uint8Array) => void;
  }) {
    this.faults = options.faults;
    this.#schedule = options.schedule;
    this.#random = options.random;
    this.#deliver = options.deliver;
  }

  send(from: number, to: number, bytes: Uint8Array): void {
    if (this.#random.chance(this.faults.loss)) return;
    this.#carry(from, to, bytes);
    if (this.#random.chance(this.faults.duplication)) this.#carry(from, to, bytes);
  }

  #carry(from: number, to: number, bytes: Uint8Array): void {
    const { delayMinMs, delayMaxMs } = this.faults;
    const delay = delayMinMs + this.#random.next() * (delayMaxMs - delayMinMs);
    this.#schedule.after(delay, () => {
      // Looked up on arrival: a cut loses what is under way, too.
      if (!this.cut.has(`${from}>${to}`)) this.#deliver(from, to, bytes);
    });
  }
}
