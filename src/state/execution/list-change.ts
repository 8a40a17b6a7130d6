/** What a block appends to an authenticated list, and what of its tree is kept for proofs. */
import type { Arena } from '../../common/arena.ts';
import { concat, EMPTY_BYTES } from '../../common/bytes.ts';
import { encode, encodeIn } from '../../common/codec/index.ts';
import { HASH_BYTES, ZERO_HASH } from '../../common/hash.ts';
import {
  appendAll,
  type Frontier,
  frontierRoot,
  leafHashInto,
} from '../../ledger/merkle/rfc6962.ts';
import { listHeadSchema } from '../../ledger/state-values.ts';
import type { Key, Written } from './draft.ts';
import type { Items } from './items.ts';

/**
 * Roots of subtrees are stored from this level on, so that most lists store none, long ones a hash
 * for each 16 items; what is below is hashed from at most 16 items when a proof needs it.
 */
export const STORED_LEVEL = 4;

/** Shared by all lists that complete no such subtree, which are most. */
const NO_NODES: ReadonlyMap<number, Uint8Array> = new Map();

/** The head of a list of one item, but for its root, which is the item's leaf hash. */
const FIRST_HEAD = encode(listHeadSchema, { count: 1, root: ZERO_HASH });

/** What a block appended to one list. */
export class ListChange implements Written {
  readonly text: string;
  readonly keyHash: Uint8Array;
  /** The list's head after the block. */
  readonly value: Uint8Array;
  /** How many items it has then. */
  readonly count: number;
  /** Which of the block's items are new here, in order; the last ones of the list. */
  readonly items: readonly number[];
  /** By position of an item: the roots of the larger complete subtrees that end with it. */
  readonly nodes: ReadonlyMap<number, Uint8Array>;
  /** Undefined where the head says it all: the items make one complete subtree. */
  readonly #frontier: Frontier | undefined;

  /**
   * Appends to a list that ends like `before`.
   *
   * @param all what `items` are numbers of
   * @param arena gets the head
   */
  constructor(key: Key, before: Frontier, items: readonly number[], all: Items, arena: Arena) {
    this.text = key.text;
    this.keyHash = key.keyHash;
    this.items = items;
    this.count = before.count + items.length;
    if (this.count === 1) {
      this.nodes = NO_NODES;
      this.value = firstHead(all.at(items[0] as number) as Uint8Array, arena);
      return;
    }
    const leaves = items.map((item) => all.at(item) as Uint8Array);
    const { nodes, frontier } = appended(before, leaves);
    this.nodes = nodes;
    const head = { count: this.count, root: frontierRoot(frontier) };
    this.value = encodeIn(arena, listHeadSchema, head);
    if (frontier.nodes.length > 1) this.#frontier = frontier;
  }

  /** Where the list ends after the block. */
  get frontier(): Frontier {
    return this.#frontier ?? { count: this.count, nodes: [this.value.subarray(-HASH_BYTES)] };
  }
}

/** Most lists that a block appends to begin there, and have no other item. */
function firstHead(item: Uint8Array, arena: Arena): Uint8Array {
  const head = arena.take(FIRST_HEAD.length);
  head.set(FIRST_HEAD);
  leafHashInto(head, head.length - HASH_BYTES, item);
  return head;
}

function appended(
  before: Frontier,
  items: readonly Uint8Array[],
): Pick<ListChange, 'nodes' | 'frontier'> {
  const size = 2 ** STORED_LEVEL;
  if ((before.count % size) + items.length < size) {
    return { nodes: NO_NODES, frontier: appendAll(before, items) };
  }
  const nodes = new Map<number, Uint8Array>();
  const completed = (position: number, _level: number, root: Uint8Array): void => {
    nodes.set(position, concat(nodes.get(position) ?? EMPTY_BYTES, root));
  };
  return { nodes, frontier: appendAll(before, items, completed, STORED_LEVEL) };
}
