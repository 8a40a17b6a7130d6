/**
 * The append-only Merkle tree of RFC 6962 section 2.1, with its own prefixes only: over the
 * transactions of a block, the results, all headers, and every authenticated list.
 */
import { concat, equalBytes, keyText, writeText } from '../../common/bytes.ts';
import { list, refined, type TypeOf, tuple, uint } from '../../common/codec/index.ts';
import { HASH_BYTES, sha256Of, sha256Text, sha256TextOf } from '../../common/hash.ts';
import { hash } from '../primitives.ts';

const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);
/** A tree of 2⁵³ leaves is no deeper. */
export const MERKLE_DEPTH_MAX = 53;

export function leafHash(leaf: Uint8Array): Uint8Array {
  const hashed = new Uint8Array(HASH_BYTES);
  leafHashInto(hashed, 0, leaf);
  return hashed;
}

/** The input of a leaf's hash, where it fits; filled and hashed at once, never handed out. */
const leafInput = new Uint8Array(1024);
leafInput.set(LEAF_PREFIX);
/** Its beginnings by their length, once they were needed: a view is an allocation. */
const leafInputs: (Uint8Array | undefined)[] = new Array(leafInput.length + 1).fill(undefined);

/** The same as a key for maps. */
export function leafText(leaf: Uint8Array): string {
  const length = LEAF_PREFIX.length + leaf.length;
  if (length > leafInput.length) return sha256TextOf(LEAF_PREFIX, leaf);
  leafInput.set(leaf, LEAF_PREFIX.length);
  const input = leafInputs[length] ?? leafInput.subarray(0, length);
  leafInputs[length] = input;
  return sha256Text(input);
}

/** The same into `target` at `at`. */
export function leafHashInto(target: Uint8Array, at: number, leaf: Uint8Array): void {
  writeText(target, at, leafText(leaf));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256Of(NODE_PREFIX, left, right);
}

/** The input of a node's hash; filled and hashed at once, never handed out. */
const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES);
nodeInput.set(NODE_PREFIX);

/** Writes the node above the two that stand at `pair` in `nodes` to `at`, without an allocation. */
function joinInto(nodes: Uint8Array, at: number, pair: number): void {
  for (let i = 0; i < 2 * HASH_BYTES; i++) nodeInput[1 + i] = nodes[pair + i] as number;
  writeText(nodes, at, sha256Text(nodeInput));
}

/**
 * What is enough to append: the roots of the complete subtrees that the leaves so far make,
 * largest first, one for each bit set in `count`.
 */
export const frontierSchema = refined(
  tuple({ count: uint(), nodes: list(hash, MERKLE_DEPTH_MAX) }),
  'one node for each bit set in the count',
  ({ count, nodes }) => nodes.length === bitsSet(count),
);
export type Frontier = TypeOf<typeof frontierSchema>;

function bitsSet(count: number): number {
  let bits = 0;
  for (let rest = count; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}

export const EMPTY_FRONTIER: Frontier = { count: 0, nodes: [] };

/** The frontier after one more leaf; the given one stays as it was. */
export function append(frontier: Frontier, leaf: Uint8Array): Frontier {
  return appendAll(frontier, [leaf]);
}

/**
 * The frontier after many more leaves; the given one stays as it was.
 *
 * @param completed told of each complete subtree of `levelMin` and more, smaller ones first: the
 *   position of its last leaf, its level, and its root, which is only good until it returns
 */
export function appendAll(
  frontier: Frontier,
  leaves: readonly Uint8Array[],
  completed?: (position: number, level: number, root: Uint8Array) => void,
  levelMin = 1,
): Frontier {
  // So many more leaves set so many more bits of the count at most; one more is being joined.
  const nodesMax = frontier.nodes.length + Math.ceil(Math.log2(leaves.length + 1)) + 1;
  const stack = new Uint8Array(nodesMax * HASH_BYTES);
  let height = 0;
  for (const node of frontier.nodes) stack.set(node, HASH_BYTES * height++);
  let { count } = frontier;
  for (const leaf of leaves) {
    leafHashInto(stack, HASH_BYTES * height++, leaf);
    let rest = count;
    for (let level = 1; rest % 2 === 1; level++) {
      const at = HASH_BYTES * (--height - 1);
      joinInto(stack, at, at);
      if (level >= levelMin) completed?.(count, level, stack.subarray(at, at + HASH_BYTES));
      rest = Math.floor(rest / 2);
    }
    count++;
  }
  const nodes: Uint8Array[] = [];
  for (let at = 0; nodes.length < height; at += HASH_BYTES) {
    nodes.push(stack.slice(at, at + HASH_BYTES));
  }
  return { count, nodes };
}

/** The tree's root; of no leaves, SHA-256 of nothing (RFC 6962 section 2.1). */
export function frontierRoot(frontier: Frontier): Uint8Array {
  const { nodes } = frontier;
  let root = nodes.at(-1);
  for (let i = nodes.length - 2; i >= 0; i--) {
    root = nodeHash(nodes[i] as Uint8Array, root as Uint8Array);
  }
  return root ?? sha256Of();
}

export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return rootOfJoined(leafHashes(leaves));
}

/** The hashes of leaves in one piece, in order. */
export function leafHashes(leaves: readonly Uint8Array[]): Uint8Array {
  const hashes = new Uint8Array(leaves.length * HASH_BYTES);
  for (let i = 0; i < leaves.length; i++) {
    leafHashInto(hashes, i * HASH_BYTES, leaves[i] as Uint8Array);
  }
  return hashes;
}

/** One of `leafHashes`, as `leafText` gives it. */
export function leafTextAt(hashes: Uint8Array, i: number): string {
  return keyText(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

/** The root over leaves of which the hashes are known. */
export function rootOfHashes(hashes: readonly Uint8Array[]): Uint8Array {
  return rootOfJoined(concat(...hashes));
}

/**
 * The same of hashes in one piece. Pairs are joined level by level and an odd last node goes up as
 * it is, which gives the tree of RFC 6962: its left part is the largest power of two. Bytes after
 * the last whole hash are none: who takes hashes from others looks for them first.
 */
export function rootOfJoined(hashes: Uint8Array): Uint8Array {
  let count = Math.floor(hashes.length / HASH_BYTES);
  if (count === 0) return sha256Of();
  const nodes = hashes.slice();
  while (count > 1) {
    const pairs = Math.floor(count / 2);
    for (let i = 0; i < pairs; i++) joinInto(nodes, i * HASH_BYTES, 2 * i * HASH_BYTES);
    const last = (count - 1) * HASH_BYTES;
    if (count % 2 === 1) nodes.copyWithin(pairs * HASH_BYTES, last, last + HASH_BYTES);
    count = pairs + (count % 2);
  }
  return nodes.slice(0, HASH_BYTES);
}

/** The largest power of two below `count`. */
export function splitPoint(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** Whether `leaf` is number `index` of `count` leaves under `root` (RFC 9162 section 2.1.3.2). */
export function verifyInclusion(
  root: Uint8Array,
  count: number,
  index: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isLeafOf(index, count) || proof.length > MERKLE_DEPTH_MAX) return false;
  const computed = ascend(leafHash(leaf), index, count, [...proof]);
  return computed !== undefined && equalBytes(computed, root);
}

function isLeafOf(index: number, count: number): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(count) && index >= 0 && index < count;
}

/** Consumes the proof from its top end; undefined where it is too short or too long. */
function ascend(
  leaf: Uint8Array,
  index: number,
  count: number,
  proof: Uint8Array[],
): Uint8Array | undefined {
  if (count === 1) return proof.length === 0 ? leaf : undefined;
  const sibling = proof.pop();
  if (sibling === undefined) return undefined;
  const split = splitPoint(count);
  if (index < split) {
    const left = ascend(leaf, index, split, proof);
    return left && nodeHash(left, sibling);
  }
  const right = ascend(leaf, index - split, count - split, proof);
  return right && nodeHash(sibling, right);
}

/**
 * The root that a path leads to, deepest sibling first; where the number of leaves isn't known.
 *
 * @param sides bit i set: the sibling at step i stands left
 */
export function climb(leaf: Uint8Array, sides: number, path: readonly Uint8Array[]): Uint8Array {
  let [node, left] = [leaf, sides];
  for (const sibling of path) {
    node = left % 2 === 1 ? nodeHash(sibling, node) : nodeHash(node, sibling);
    left = Math.floor(left / 2);
  }
  return node;
}

/** Whether the tree (`older`, `olderRoot`) is a prefix of (`newer`, `newerRoot`). */
export function verifyConsistency(
  older: number,
  olderRoot: Uint8Array,
  newer: number,
  newerRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isLeafOf(older, newer + 1) || proof.length > 2 * MERKLE_DEPTH_MAX) return false;
  if (older === 0) return proof.length === 0 && equalBytes(olderRoot, sha256Of());
  if (older === newer) return proof.length === 0 && equalBytes(olderRoot, newerRoot);
  const roots = descend(older, newer, true, olderRoot, [...proof]);
  if (roots === undefined || roots.rest.length > 0) return false;
  return equalBytes(roots.older, olderRoot) && equalBytes(roots.newer, newerRoot);
}

interface Roots {
  readonly older: Uint8Array;
  readonly newer: Uint8Array;
  readonly rest: Uint8Array[];
}

/** Rebuilds both roots of a subtree from the proof, read from its top end. */
function descend(
  older: number,
  newer: number,
  whole: boolean,
  olderRoot: Uint8Array,
  proof: Uint8Array[],
): Roots | undefined {
  if (older === newer) {
    const node = whole ? olderRoot : proof.pop();
    return node && { older: node, newer: node, rest: proof };
  }
  const sibling = proof.pop();
  if (sibling === undefined) return undefined;
  const split = splitPoint(newer);
  if (older <= split) {
    const left = descend(older, split, whole, olderRoot, proof);
    return left && { ...left, newer: nodeHash(left.newer, sibling) };
  }
  const right = descend(older - split, newer - split, false, olderRoot, proof);
  if (right === undefined) return undefined;
  const joined = { older: nodeHash(sibling, right.older), newer: nodeHash(sibling, right.newer) };
  return { ...joined, rest: right.rest };
}
