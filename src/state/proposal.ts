/** Building a block from what waits. */
import { writeText } from '../common/bytes.ts';
import { HASH_BYTES } from '../common/hash.ts';
import { type Block, makeBlock } from '../ledger/block.ts';
import { rootOfJoined } from '../ledger/merkle/rfc6962.ts';
import type { Parameters } from '../ledger/parameters.ts';
import { leafOf, type ReceivedTransaction } from '../ledger/transaction.ts';
import { BlockBudget, Eligibility } from './judge.ts';
import type { Point } from './point.ts';

/** What a leader fixes about a block (the consensus room's `ProposalContext`). */
export interface ProposalContext {
  readonly epoch: number;
  readonly view: number;
  readonly proposer: string;
  readonly time: number;
  readonly empty: boolean;
}

/**
 * A proposal holds so many operations at most for each millisecond of a view. A block is executed
 * within the view after it, by all validators, before they can accept its child; with 50 µs an
 * operation that is a quarter of the view's timeout, and the rest is for machines with less.
 */
const OPERATIONS_PER_VIEW_MS = 5;

/** At least the largest transaction, at most what a block may hold: that is a bound for others. */
function proposedOperationsMax(parameters: Parameters): number {
  const { blockOperationsMax, transactionOperationsMax, viewTimeoutMs } = parameters;
  const executable = Math.max(transactionOperationsMax, OPERATIONS_PER_VIEW_MS * viewTimeoutMs);
  return Math.min(executable, blockOperationsMax);
}

/**
 * The candidates, in their order, that a child of `parent` with that time may hold, up to the first
 * one that a proposal has no room for: a later, smaller one doesn't overtake it.
 */
export function selectTransactions(
  parent: Point,
  time: number,
  candidates: Iterable<ReceivedTransaction>,
  isUsed: (id: Uint8Array) => boolean,
): ReceivedTransaction[] {
  const { parameters } = parent.outcome;
  const budget = new BlockBudget(parameters, proposedOperationsMax(parameters));
  const eligibility = new Eligibility(parent, time, isUsed);
  const selected: ReceivedTransaction[] = [];
  for (const candidate of candidates) {
    if (!eligibility.take(candidate).ok) continue;
    if (!budget.take(candidate)) break;
    selected.push(candidate);
  }
  return selected;
}

/** The child of `parent` with these transactions. */
export function buildBlock(
  parent: Point,
  context: ProposalContext,
  transactions: readonly ReceivedTransaction[],
): Block {
  const { view, proposer, time } = context;
  const bytes = transactions.map((received) => received.bytes);
  const leaves = new Uint8Array(transactions.length * HASH_BYTES);
  for (const [i, received] of transactions.entries()) {
    writeText(leaves, i * HASH_BYTES, leafOf(received));
  }
  const header = { version: 1, ...parent.child, view, proposer, time } as const;
  return { ...makeBlock({ ...header, txRoot: rootOfJoined(leaves) }, bytes), leaves };
}
