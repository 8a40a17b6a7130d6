/**
 * Proofs of a version: the way down to a key, in the shape that hashing defines, whatever lies in
 * which page. What lies between a page's references is hashed once and remembered, since most paths
 * go through the same pages; a bucket is hashed each time.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import {
  EMPTY_NODE,
  isEmptyNode,
  isLeafNode,
  KIND_BIT,
  pathBit,
  type StateProof,
} from '../../ledger/merkle/sparse.ts';
import type { Loader } from './loader.ts';
import { type Bucket, type Child, Page, type Ref } from './nodes.ts';
import { hashPairs, joined } from './pairs.ts';

/** A kilobyte each; all of a state of a hundred thousand keys, the upper ones of a larger one. */
const PAGES_MAX = 4_096;

type End = StateProof['end'];

export class Prover {
  readonly #loader: Loader;
  /** The hash of the node at each gap, by page; the one that was used last at the end. */
  readonly #inner = new Map<Page, Uint8Array>();

  constructor(loader: Loader) {
    this.#loader = loader;
  }

  /** The path to a key, present or not; `shareProofs` makes one proof of many. */
  prove(root: Ref, keyHash: Uint8Array): StateProof {
    const siblings: Uint8Array[] = [];
    let { hash } = root;
    let child = this.#loader.load(root);
    while (child instanceof Page) {
      if (isLeafNode(hash)) return { siblings, end: this.#loneLeaf(child) };
      const found = this.#throughPage(child, keyHash, siblings);
      if (found.end !== undefined) return { siblings, end: found.end };
      hash = hashOf(child, found.slot);
      child = this.#loader.child(child, found.slot);
    }
    return { siblings, end: child === undefined ? null : throughBucket(child, keyHash, siblings) };
  }

  /** Down to a reference, or to where the path ends above all of them. */
  #throughPage(
    page: Page,
    keyHash: Uint8Array,
    siblings: Uint8Array[],
  ): { readonly slot: number; readonly end: End | undefined } {
    const inner = this.#innerOf(page, siblings.length);
    let [low, high] = [0, page.size];
    while (high - low > 1) {
      const depth = siblings.length;
      const middle = page.gapAt(low, high, depth) + 1;
      const left = nodeOf(page, inner, low, middle, depth + 1);
      const right = nodeOf(page, inner, middle, high, depth + 1);
      const goesLeft = pathBit(keyHash, depth) === 0;
      const node = goesLeft ? left : right;
      siblings.push(goesLeft ? right : left);
      if (goesLeft) high = middle;
      else low = middle;
      if (isEmptyNode(node)) return { slot: low, end: null };
      if (isLeafNode(node)) return { slot: low, end: this.#loneLeaf(page, low, high) };
    }
    return { slot: low, end: undefined };
  }

  /** The only leaf of a subtree: no other reference in its range leads to anything. */
  #loneLeaf(child: Child, low = 0, high = child.size): End {
    if (!(child instanceof Page)) return leafOf(child, low);
    let slot = low;
    while (slot < high - 1 && isEmptyNode(hashOf(child, slot))) slot++;
    const below = this.#loader.child(child, slot);
    return below === undefined ? null : this.#loneLeaf(below);
  }

  #innerOf(page: Page, depth: number): Uint8Array {
    const known = this.#inner.get(page);
    this.#inner.delete(page);
    const inner = known ?? innerNodes(page, depth);
    this.#inner.set(page, inner);
    const [oldest] = this.#inner.keys();
    if (this.#inner.size > PAGES_MAX && oldest !== undefined) this.#inner.delete(oldest);
    return inner;
  }
}

function hashOf(page: Page, slot: number): Uint8Array {
  return page.hashes.subarray(slot * HASH_BYTES, (slot + 1) * HASH_BYTES);
}

/** Each inner node of a page is the lowest above one of its gaps, which names it. */
function innerNodes(page: Page, top: number): Uint8Array {
  const inner = new Uint8Array((page.size - 1) * HASH_BYTES);
  const fill = (low: number, high: number, depth: number): Uint8Array => {
    if (high - low === 1) return hashOf(page, low);
    const gap = page.gapAt(low, high, depth);
    const node = joined(fill(low, gap + 1, depth + 1), fill(gap + 1, high, depth + 1));
    inner.set(node, gap * HASH_BYTES);
    return node;
  };
  fill(0, page.size, top);
  return inner;
}

/** The node above the references from `low` to before `high`, at `depth`. */
function nodeOf(page: Page, inner: Uint8Array, low: number, high: number, depth: number) {
  if (high - low === 1) return hashOf(page, low);
  const at = page.gapAt(low, high, depth) * HASH_BYTES;
  return inner.subarray(at, at + HASH_BYTES);
}

/** Down to the only leaf beside the path, or to nothing. */
function throughBucket(bucket: Bucket, keyHash: Uint8Array, siblings: Uint8Array[]): End {
  const leaves = leavesOf(bucket);
  let [low, high] = [0, bucket.size];
  while (high - low > 1) {
    const depth = siblings.length;
    const middle = middleOf(bucket, low, high, depth);
    const goesLeft = pathBit(keyHash, depth) === 0;
    const [from, to] = goesLeft ? [middle, high] : [low, middle];
    siblings.push(bucketNode(bucket, leaves, from, to, depth + 1));
    if (goesLeft) high = middle;
    else low = middle;
  }
  return low === high ? null : leafOf(bucket, low);
}

function leafOf(bucket: Bucket, index: number): End {
  return { keyHash: bucket.key(index).slice(), valueHash: bucket.valueHash(index).slice() };
}

/** The nodes of all leaves, one behind the other. */
function leavesOf(bucket: Bucket): Uint8Array {
  const leaves = new Uint8Array(bucket.size * HASH_BYTES);
  hashPairs(bucket.leaves, leaves);
  for (let at = 0; at < leaves.length; at += HASH_BYTES) {
    leaves[at] = (leaves[at] as number) | KIND_BIT;
  }
  return leaves;
}

/** Where, among leaves, the right side of the node at `depth` begins. */
function middleOf(bucket: Bucket, low: number, high: number, depth: number): number {
  let middle = low;
  while (middle < high && bucket.keyBit(middle, depth) === 0) middle++;
  return middle;
}

function bucketNode(
  bucket: Bucket,
  leaves: Uint8Array,
  low: number,
  high: number,
  depth: number,
): Uint8Array {
  if (low === high) return EMPTY_NODE;
  if (high - low === 1) return leaves.subarray(low * HASH_BYTES, high * HASH_BYTES);
  const middle = middleOf(bucket, low, high, depth);
  return joined(
    bucketNode(bucket, leaves, low, middle, depth + 1),
    bucketNode(bucket, leaves, middle, high, depth + 1),
  );
}
