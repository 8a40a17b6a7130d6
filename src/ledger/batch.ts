/**
 * A batch: transactions on their one way from the node that took them, its sealer, to all others.
 * Each transaction is signed by itself; the batch is not.
 */
import { bytesUpTo, list, type TypeOf, tuple, version } from '../common/codec/index.ts';
import { TRANSACTION_BYTES_CAP } from './parameters.ts';
import { hash } from './primitives.ts';

/** A batch is sealed when it has grown to this: large enough to amortize, quick enough to fill. */
export const BATCH_SEAL_BYTES = 256 * 1024;
/** A sealed batch at 128 bytes, less than the smallest transaction. */
const BATCH_TRANSACTIONS_MAX = BATCH_SEAL_BYTES / 128;
/** One transaction of the greatest size on top of an almost full batch, and the framing. */
export const BATCH_BYTES_MAX = BATCH_SEAL_BYTES + TRANSACTION_BYTES_CAP + 16 * 1024;

export const batchSchema = tuple({
  version: version(1),
  chain: hash,
  transactions: list(bytesUpTo(TRANSACTION_BYTES_CAP), BATCH_TRANSACTIONS_MAX),
});
export type Batch = TypeOf<typeof batchSchema>;

/** `accept`: passed on to others. `ignore`: not. `reject`: not, and held against who gave it. */
export type BatchJudgement = 'accept' | 'ignore' | 'reject';
