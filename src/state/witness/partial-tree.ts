/**
 * The state tree as far as it was shown: a subtree that nobody asked for is its hash alone. Grows
 * by proofs of the state where it began, and changes by what is put into it since. Immutable.
 */
import { equalBytes } from '../../common/bytes.ts';
import { sha256 } from '../../common/hash.ts';
import type { SharedProof, ShownEntry } from '../../ledger/merkle/shared.ts';
import {
  EMPTY_NODE,
  innerNode,
  isEmptyNode,
  keyHash,
  leafNode,
  pathBit,
} from '../../ledger/merkle/sparse.ts';

/** A subtree. Of `kind` hidden, nothing but the hash is known. */
export type PartialTree =
  | { readonly kind: 'hidden' | 'empty'; readonly hash: Uint8Array }
  | { readonly kind: 'leaf'; readonly path: Uint8Array; readonly hash: Uint8Array }
  | { readonly kind: 'inner'; readonly sides: Sides; readonly hash: Uint8Array };
type Sides = readonly [PartialTree, PartialTree];

const EMPTY: PartialTree = { kind: 'empty', hash: EMPTY_NODE };

function leaf(path: Uint8Array, valueHash: Uint8Array): PartialTree {
  return { kind: 'leaf', path, hash: leafNode(path, valueHash) };
}

/** Hashed once, when it is asked for: a block changes many leaves below the same nodes. */
function inner(left: PartialTree, right: PartialTree): PartialTree {
  let hash: Uint8Array | undefined;
  return {
    kind: 'inner',
    sides: [left, right],
    get hash() {
      hash ??= innerNode(left.hash, right.hash);
      return hash;
    },
  };
}

/** What a proof shows, whose root is known to be the right one (`rootOfShared`). */
export function shownTree({ entries, siblings }: SharedProof): PartialTree {
  const placed = entries.map((entry) => ({ entry, path: keyHash(entry.key) }));
  let next = 0;
  const nodeAt = (all: typeof placed, depth: number): PartialTree => {
    const [first] = all;
    if (first === undefined) return hidden(siblings[next++] as Uint8Array);
    if (first.entry.depth <= depth) return endOf(first.path, first.entry);
    const side = (bit: 0 | 1) => all.filter(({ path }) => pathBit(path, depth) === bit);
    const left = nodeAt(side(0), depth + 1);
    return inner(left, nodeAt(side(1), depth + 1));
  };
  return nodeAt(placed, 0);
}

function hidden(hash: Uint8Array): PartialTree {
  return isEmptyNode(hash) ? EMPTY : { kind: 'hidden', hash };
}

function endOf(path: Uint8Array, { value, end }: ShownEntry): PartialTree {
  if (value !== null) return leaf(path, sha256(value));
  return end === null ? EMPTY : leaf(end.keyHash, end.valueHash);
}

/** The tree with what `shown` knows more of; what changed since stays as it is. */
export function withShown(tree: PartialTree, shown: PartialTree): PartialTree {
  if (tree.kind === 'hidden') return shown;
  if (tree.kind !== 'inner' || shown.kind !== 'inner') return tree;
  const [left, right] = tree.sides;
  const sides = [withShown(left, shown.sides[0]), withShown(right, shown.sides[1])] as const;
  return sides[0] === left && sides[1] === right ? tree : inner(...sides);
}

/** The tree with another value at a path; undefined where that part of it is hidden. */
export function withValue(
  tree: PartialTree,
  path: Uint8Array,
  valueHash: Uint8Array,
  depth = 0,
): PartialTree | undefined {
  const made = leaf(path, valueHash);
  switch (tree.kind) {
    case 'hidden':
      return undefined;
    case 'empty':
      return made;
    case 'leaf':
      return equalBytes(tree.path, path) ? made : parted(tree, tree.path, made, path, depth);
    case 'inner': {
      const [left, right] = tree.sides;
      const isLeft = pathBit(path, depth) === 0;
      const side = withValue(isLeft ? left : right, path, valueHash, depth + 1);
      if (side === undefined) return undefined;
      return isLeft ? inner(side, right) : inner(left, side);
    }
  }
}

/** Two leaves under the nodes that their paths share from `depth` on. */
function parted(
  a: PartialTree,
  aPath: Uint8Array,
  b: PartialTree,
  bPath: Uint8Array,
  depth: number,
): PartialTree {
  const bit = pathBit(aPath, depth);
  if (bit !== pathBit(bPath, depth)) return bit === 0 ? inner(a, b) : inner(b, a);
  const below = parted(a, aPath, b, bPath, depth + 1);
  return bit === 0 ? inner(below, EMPTY) : inner(EMPTY, below);
}
