/**
 * The ids of final transactions that could still be sent again. An id stays until its transaction
 * has expired, from when on the validity rule refuses it anyway; so forgetting late is harmless,
 * and ids are forgotten by whole generations. The window is a function of recent blocks alone.
 */
import { IdSet } from './id-set.ts';

/** Each asked id looks into this many sets, and this part of the ids is kept too long. */
const GENERATIONS = 8;

interface Generation {
  /** Height of its first block. */
  readonly from: number;
  /** A block whose ids expire later than this starts the next generation. */
  readonly until: number;
  /** When the last of its ids expires, in ledger time. */
  expires: number;
  readonly ids: IdSet;
}

export class ReplayWindow {
  readonly #generationMs: number;
  #generations: Generation[] = [];

  /** @param maxValidityMs how long a transaction can be valid, in ms of ledger time */
  constructor(maxValidityMs: number) {
    this.#generationMs = Math.ceil(maxValidityMs / GENERATIONS);
  }

  get size(): number {
    return this.#generations.reduce((size, { ids }) => size + ids.size, 0);
  }

  has(id: Uint8Array): boolean {
    return this.#generations.some(({ ids }) => ids.has(id));
  }

  /** Adds the ids of the final block `height`; `expires` is the latest `validUntil` among them. */
  add(height: number, ids: readonly Uint8Array[], expires: number): void {
    if (ids.length === 0) return;
    const generation = this.#generationFor(height, expires);
    generation.expires = Math.max(generation.expires, expires);
    for (const id of ids) generation.ids.add(id);
  }

  /** Forgets what expired before the ledger time `time`. */
  advance(time: number): void {
    this.#generations = this.#generations.filter(({ expires }) => expires >= time);
  }

  /** The lowest block whose ids are in the window; `next` where there is none. */
  from(next: number): number {
    return this.#generations[0]?.from ?? next;
  }

  #generationFor(height: number, expires: number): Generation {
    const newest = this.#generations.at(-1);
    if (newest !== undefined && expires <= newest.until) return newest;
    const until = expires + this.#generationMs;
    const generation = { from: height, until, expires, ids: new IdSet() };
    this.#generations.push(generation);
    return generation;
  }
}
