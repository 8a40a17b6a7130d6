/**
 * Making the proofs of RFC 6962 section 2.1: from the roots of complete subtrees, so that whoever
 * stores those proves anything about a long list with a logarithm of reads.
 */
import { leafHash, nodeHash, rootOfHashes, splitPoint } from './rfc6962.ts';

/** The root of the complete subtree of 2^level leaves that begins at leaf index · 2^level. */
export type Subtree = (level: number, index: number) => Uint8Array;

/** Over leaves that are all at hand. */
export function subtreesOf(leaves: readonly Uint8Array[]): Subtree {
  const hashes = leaves.map(leafHash);
  return (level, index) => {
    const size = 2 ** level;
    return rootOfHashes(hashes.slice(index * size, (index + 1) * size));
  };
}

/** The audit path of leaf `index` of `count`, deepest sibling first (RFC 6962 section 2.1.1). */
export function inclusionProof(subtree: Subtree, count: number, index: number): Uint8Array[] {
  const path: Uint8Array[] = [];
  let [from, size] = [0, count];
  while (size > 1) {
    const split = splitPoint(size);
    if (index - from < split) {
      path.push(rangeRoot(subtree, from + split, size - split));
      size = split;
    } else {
      path.push(rangeRoot(subtree, from, split));
      [from, size] = [from + split, size - split];
    }
  }
  return path.reverse();
}

/** The `sides` that `climb` takes beside the audit path of leaf `index` of `count`. */
export function sidesOf(count: number, index: number): number {
  let sides = 0;
  let [at, size] = [index, count];
  while (size > 1) {
    const split = splitPoint(size);
    const isRight = at >= split;
    sides = 2 * sides + (isRight ? 1 : 0);
    [at, size] = isRight ? [at - split, size - split] : [at, split];
  }
  return sides;
}

/** Shows that the tree of the first `older` of `newer` leaves is a prefix (section 2.1.2). */
export function consistencyProof(subtree: Subtree, older: number, newer: number): Uint8Array[] {
  if (older === 0) return [];
  const path: Uint8Array[] = [];
  let [from, size] = [0, newer];
  while (older - from !== size) {
    const split = splitPoint(size);
    if (older - from <= split) {
      path.push(rangeRoot(subtree, from + split, size - split));
      size = split;
    } else {
      path.push(rangeRoot(subtree, from, split));
      [from, size] = [from + split, size - split];
    }
  }
  // The reader knows the older root itself, but no other subtree.
  if (from > 0) path.push(rangeRoot(subtree, from, size));
  return path.reverse();
}

/** Of `size` leaves from `from` on, a multiple of a power of two that is not below `size`. */
export function rangeRoot(subtree: Subtree, from: number, size: number): Uint8Array {
  const level = Math.log2(size);
  if (Number.isInteger(level)) return subtree(level, from / size);
  const split = splitPoint(size);
  return nodeHash(rangeRoot(subtree, from, split), rangeRoot(subtree, from + split, size - split));
}
