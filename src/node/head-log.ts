/** One line about the head now and then, however fast blocks come: what operators look at. */
import type { Logger } from 'pino';
import type { FinalEvent } from '../state/ledger.ts';

/** A chain under load makes dozens of blocks in this time, one that is replayed hundreds. */
const PAUSE_MS = 1_000;

export class HeadLog {
  readonly #log: Logger;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #blocks = 0;
  #transactions = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param now elapsed ms */
  final({ block, results }: FinalEvent, now: number): void {
    this.#blocks += 1;
    this.#transactions += results.length;
    if (now - this.#loggedAt < PAUSE_MS) return;
    const { height, view } = block.header;
    this.#log.info(
      { height, view, blocks: this.#blocks, transactions: this.#transactions },
      'head',
    );
    this.#loggedAt = now;
    this.#blocks = 0;
    this.#transactions = 0;
  }
}
