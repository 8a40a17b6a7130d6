/** What a block appends to an authenticated list, and what of its tree is kept for proofs. */
import type { Arena } from '../../common/arena.ts';
import { concat, EMPTY_BYTES } from '../../common/bytes.ts';
import { encodeIn } from '../../common/codec/index.ts';
import { appendAll, type Frontier, frontierRoot } from '../../ledger/merkle/rfc6962.ts';
import { listHeadSchema } from '../../ledger/state-values.ts';
import type { Key, Written } from './draft.ts';

/** What a block appended to one list; the value of its key is its head after the block. */
export interface ListChange extends Written {
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

/** Shared by all lists that complete no such subtree, which are most. */
const NO_NODES: ReadonlyMap<number, Uint8Array> = new Map();

/**
 * What it does to a list that ends like `before` to append `items`.
 *
 * @param arena gets the head
 */
export function listChange(
  { text, keyHash }: Key,
  before: Frontier,
  items: readonly Uint8Array[],
  arena: Arena,
): ListChange {
  let nodes = NO_NODES;
  let completed: ((position: number, level: number, root: Uint8Array) => void) | undefined;
  const size = 2 ** STORED_LEVEL;
  if ((before.count % size) + items.length >= size) {
    const kept = new Map<number, Uint8Array>();
    nodes = kept;
    completed = (position, _level, root) => {
      kept.set(position, concat(kept.get(position) ?? EMPTY_BYTES, root));
    };
  }
  const frontier = appendAll(before, items, completed, STORED_LEVEL);
  const head = { count: frontier.count, root: frontierRoot(frontier) };
  const value = encodeIn(arena, listHeadSchema, head);
  return { text, keyHash, value, frontier, items, nodes };
}
