/** What a block appends to an authenticated list, and what of its tree is kept for proofs. */
import { concat } from '../../common/bytes.ts';
import { completedBy, type Frontier } from '../../ledger/merkle/rfc6962.ts';

/** What a block appended to one list. */
export interface ListChange {
  /** After the block. */
  readonly frontier: Frontier;
  /** The new items, in order; the last ones of the list. */
  readonly items: readonly Uint8Array[];
  /** By position of an item: the roots of the larger complete subtrees that end with it. */
  readonly nodes: ReadonlyMap<number, Uint8Array>;
}

/**
 * Roots of subtrees are stored from this level on, so that most lists store none, long ones a hash
 * for each 16 items; what is below is hashed from at most 16 items when a proof needs it.
 */
export const STORED_LEVEL = 4;
const STORED_ITEMS = 2 ** STORED_LEVEL;

/** What is stored of the subtrees that one more item completes; undefined: nothing. */
export function nodesCompletedBy(frontier: Frontier, item: Uint8Array): Uint8Array | undefined {
  if ((frontier.count + 1) % STORED_ITEMS !== 0) return undefined;
  return concat(...completedBy(frontier, item).slice(STORED_LEVEL));
}
