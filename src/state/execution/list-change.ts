/** What a block appends to an authenticated list, and what of its tree is kept for proofs. */
import { concat, EMPTY_BYTES } from '../../common/bytes.ts';
import { appendAll, type Frontier } from '../../ledger/merkle/rfc6962.ts';

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

/** What it does to a list that ends like `before` to append `items`. */
export function listChange(before: Frontier, items: readonly Uint8Array[]): ListChange {
  const nodes = new Map<number, Uint8Array>();
  const frontier = appendAll(before, items, (position, level, root) => {
    if (level < STORED_LEVEL) return;
    nodes.set(position, concat(nodes.get(position) ?? EMPTY_BYTES, root));
  });
  return { frontier, items, nodes };
}
