/**
 * Collects what this node spreads into batches: after a pause a batch is sealed with the first
 * transaction and what came in the same turn, so that one alone doesn't wait; else when it has
 * grown to its size or the pause is over.
 */
import { encode } from '../common/codec/index.ts';
import type { Clock } from '../consensus/ports.ts';
import { BATCH_SEAL_BYTES, batchSchema } from '../ledger/batch.ts';

/** What was submitted in one request and had its signatures checked together comes in one turn. */
const SEAL_AFTER_MS = 0;
/**
 * Between two batches that did not fill up: a batch costs everybody as much as the signatures of
 * some transactions, and where many come one by one it would otherwise hold two or three.
 */
const SEAL_PAUSE_MS = 25;
/** Keeps the list of a batch within its schema, whatever the sizes of its transactions. */
const SEAL_TRANSACTIONS = 1_000;

export class Sealer {
  readonly #chain: Uint8Array;
  readonly #sealed: (batch: Uint8Array) => void;
  #transactions: Uint8Array[] = [];
  #bytes = 0;
  readonly #after: Clock['after'];
  /** Stops the timer that is set. */
  #cancel: (() => void) | undefined;

  constructor(options: {
    readonly chain: Uint8Array;
    readonly after: Clock['after'];
    readonly sealed: (batch: Uint8Array) => void;
  }) {
    this.#chain = options.chain;
    this.#after = options.after;
    this.#sealed = options.sealed;
  }

  add(transaction: Uint8Array): void {
    this.#transactions.push(transaction);
    this.#bytes += transaction.length;
    if (this.#bytes >= BATCH_SEAL_BYTES || this.#transactions.length >= SEAL_TRANSACTIONS) {
      this.seal();
    } else {
      this.#cancel ??= this.#after(SEAL_AFTER_MS, () => this.seal());
    }
  }

  /** Seals what has been collected, if anything; else the next one waits for a burst again. */
  seal(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#transactions.length === 0) return;
    this.#cancel = this.#after(SEAL_PAUSE_MS, () => this.seal());
    const transactions = this.#transactions;
    this.#transactions = [];
    this.#bytes = 0;
    this.#sealed(encode(batchSchema, { version: 1, chain: this.#chain, transactions }));
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#transactions = [];
    this.#bytes = 0;
  }
}
