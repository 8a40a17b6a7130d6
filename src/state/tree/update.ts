/** Changing many keys of the tree at once: one recursion over the sorted changes. */
import { compareBytes, equalBytes } from '../../common/bytes.ts';
import { pathBit } from '../../ledger/merkle/sparse.ts';
import { Inner, Leaf, type Node, Stub } from './node.ts';

/** What becomes of a key; without `leaf` it is removed. */
export interface TreeChange {
  readonly keyHash: Uint8Array;
  readonly leaf: Leaf | undefined;
}

/** Loads what a stub stands for. */
export type Load = (stub: Stub) => Inner;

/** In order of key hash; no key may occur twice. */
export function sortChanges(changes: readonly TreeChange[]): TreeChange[] {
  return [...changes].sort((a, b) => compareBytes(a.keyHash, b.keyHash));
}

/** The subtree `node`, whose path has `depth` steps, with the sorted changes applied. */
export function updated(
  node: Node,
  depth: number,
  changes: readonly TreeChange[],
  load: Load,
): Node {
  if (changes.length === 0) return node;
  if (node === null) return built(changes, depth);
  if (node instanceof Leaf) return built(withLeaf(changes, node), depth);
  const inner = node instanceof Stub ? load(node) : node;
  const split = splitAt(changes, depth);
  const left = updated(inner.left, depth + 1, changes.slice(0, split), load);
  const right = updated(inner.right, depth + 1, changes.slice(split), load);
  if (left === inner.left && right === inner.right) return node;
  return joined(left, right);
}

/** A subtree of one leaf is that leaf; a stub holds two or more. */
function joined(left: Node, right: Node): Node {
  if (left === null && (right === null || right instanceof Leaf)) return right;
  if (right === null && left instanceof Leaf) return left;
  return new Inner(left, right, false);
}

/** The subtree that holds exactly the leaves of the changes. */
function built(changes: readonly TreeChange[], depth: number): Node {
  if (changes.length === 0) return null;
  if (changes.length === 1) return changes[0]?.leaf ?? null;
  const split = splitAt(changes, depth);
  return joined(built(changes.slice(0, split), depth + 1), built(changes.slice(split), depth + 1));
}

/** The changes and an existing leaf in its place among them, unless they say what it becomes. */
function withLeaf(changes: readonly TreeChange[], leaf: Leaf): readonly TreeChange[] {
  const at = changes.findIndex(({ keyHash }) => compareBytes(keyHash, leaf.keyHash) >= 0);
  const present = { keyHash: leaf.keyHash, leaf };
  const change = changes[at];
  if (change === undefined) return [...changes, present];
  if (!equalBytes(change.keyHash, leaf.keyHash)) return changes.toSpliced(at, 0, present);
  // The same value again keeps the same node, so that nothing above it is made anew.
  const same = change.leaf !== undefined && equalBytes(change.leaf.valueHash, leaf.valueHash);
  return same ? changes.toSpliced(at, 1, present) : changes;
}

/** How many of the sorted changes go left at `depth`. */
function splitAt(changes: readonly TreeChange[], depth: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pathBit((changes[middle] as TreeChange).keyHash, depth) === 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
