/**
 * The transactions of blocks on their way to being judged: decoded once, their signatures checked
 * once, and both ahead of time where there is any. What the mempool holds is taken from there.
 */
import type { Result } from '../common/result.ts';
import { failure, success } from '../common/result.ts';
import type { Block } from '../ledger/block.ts';
import { leafText, leafTextAt } from '../ledger/merkle/rfc6962.ts';
import { TRANSACTION_BYTES_CAP } from '../ledger/parameters.ts';
import { decodeTransaction, type ReceivedTransaction } from '../ledger/transaction.ts';

/** Who knows about signatures. */
export interface SignatureSource {
  /** Whether all signatures of a transaction are good; the answer must be the same everywhere. */
  readonly verifyTransaction: (received: ReceivedTransaction) => boolean;
  /** The same for many, without holding up this thread. */
  readonly verifyAhead?: (
    transactions: readonly ReceivedTransaction[],
  ) => Promise<readonly boolean[]>;
  /** A transaction whose signatures are known to be good, by its leaf hash (`leafText`). */
  readonly known?: (leaf: string) => ReceivedTransaction | undefined;
}

/** A block's transactions, and which of them are known to be good or bad. */
export interface Received {
  readonly transactions: readonly ReceivedTransaction[];
  /** By position; undefined: not known yet. */
  readonly good: (boolean | undefined)[];
}

type Reading = Result<Received, 'TRANSACTION'>;

export class Reception {
  readonly #source: SignatureSource;
  /** Read ahead; forgotten with the block. */
  readonly #ahead = new WeakMap<Block, Reading>();
  /** Settled once their signatures are checked; forgotten with the block. */
  readonly #begun = new WeakMap<Block, Promise<void>>();

  constructor(source: SignatureSource) {
    this.#source = source;
  }

  /** Decodes and checks signatures before the blocks are judged; of each block once. */
  async ahead(blocks: readonly Block[]): Promise<void> {
    await Promise.all(
      blocks.map((block) => {
        const begun = this.#begun.get(block) ?? this.#begin(block);
        this.#begun.set(block, begun);
        return begun;
      }),
    );
  }

  async #begin(block: Block): Promise<void> {
    const { verifyAhead } = this.#source;
    const reading = this.read(block);
    this.#ahead.set(block, reading);
    if (verifyAhead === undefined || !reading.ok) return;
    const { transactions, good } = reading.value;
    const unknown = transactions.filter((_, i) => good[i] === undefined);
    const outcomes = await verifyAhead(unknown);
    let next = 0;
    for (const i of transactions.keys()) good[i] ??= outcomes[next++] as boolean;
  }

  /** Takes what was read elsewhere. */
  take(block: Block, received: Received): void {
    this.#ahead.set(block, success(received));
  }

  /** The block's transactions, from what was read ahead or from its bytes. */
  read(block: Block): Reading {
    const ahead = this.#ahead.get(block);
    if (ahead !== undefined) return ahead;
    const { known } = this.#source;
    const transactions: ReceivedTransaction[] = [];
    const good: (boolean | undefined)[] = [];
    for (let i = 0; i < block.transactions.length; i++) {
      const bytes = block.transactions[i] as Uint8Array;
      const before = known?.(leafAt(block, i));
      const read = before ? success(before) : decodeTransaction(bytes, TRANSACTION_BYTES_CAP);
      if (!read.ok) return failure('TRANSACTION', `transaction ${i}: ${read.message}`);
      transactions.push(read.value);
      good.push(before && true);
    }
    return success({ transactions, good });
  }

  /** Position of the first transaction with a signature that isn't good; -1 where all are. */
  forged({ transactions, good }: Received): number {
    return transactions.findIndex(
      (received, i) => !(good[i] ?? this.#source.verifyTransaction(received)),
    );
  }
}

/** Of the transaction at a position. */
function leafAt({ leaves, transactions }: Block, i: number): string {
  return leaves === undefined ? leafText(transactions[i] as Uint8Array) : leafTextAt(leaves, i);
}
