/**
 * Proofs of a version: the way down to a key, in the shape that hashing defines, whatever lies in
 * which page. Pages have the hashes of their inner nodes; a bucket is hashed each time.
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
import type { VersionNodes } from './loader.ts';
import { type Bucket, KIND, type Kind, type Page } from './nodes.ts';
import { hashPairs, joined } from './pairs.ts';
import type { Ref } from './update.ts';

type End = StateProof['end'];

/** The path to a key, present or not; `shareProofs` makes one proof of many. */
export function prove(nodes: VersionNodes, root: Ref, keyHash: Uint8Array): StateProof {
  const siblings: Uint8Array[] = [];
  let { kind, place } = root;
  // Of a state whose keys are gone the pages stay.
  if (isEmptyNode(root.hash)) return { siblings, end: null };
  if (isLeafNode(root.hash)) return { siblings, end: loneLeaf(nodes, kind, place) };
  while (kind === KIND.PAGE) {
    const page = nodes.page(place);
    const [low, high] = throughPage(page, keyHash, siblings);
    const { refs } = page;
    const node = refs.nodeAbove(low, high, siblings.length);
    if (refs.hashes.isEmpty(node)) return { siblings, end: null };
    if (refs.hashes.isLeaf(node)) return { siblings, end: loneLeafOf(nodes, page, low, high) };
    kind = page.kind(low);
    place = refs.places[low] as number;
  }
  const end = kind === KIND.EMPTY ? null : throughBucket(nodes.bucket(place), keyHash, siblings);
  return { siblings, end };
}

/** Down to a reference, or to where there is at most one leaf below several. */
function throughPage(page: Page, keyHash: Uint8Array, siblings: Uint8Array[]): [number, number] {
  const { refs } = page;
  let [low, high] = [page.at, page.at + page.size];
  while (high - low > 1) {
    const depth = siblings.length;
    const middle = (refs.innerAt(low, high, depth) + 1) >> 1;
    const left = refs.nodeAbove(low, middle, depth + 1);
    const right = refs.nodeAbove(middle, high, depth + 1);
    const goesLeft = pathBit(keyHash, depth) === 0;
    siblings.push(refs.hashes.get(goesLeft ? right : left));
    if (goesLeft) high = middle;
    else low = middle;
    const node = goesLeft ? left : right;
    if (refs.hashes.isEmpty(node) || refs.hashes.isLeaf(node)) break;
  }
  return [low, high];
}

/** The only leaf below the references from `low` to before `high`. */
function loneLeafOf(nodes: VersionNodes, page: Page, low: number, high: number): End {
  let ref = low;
  while (ref < high - 1 && page.refs.hashes.isEmpty(2 * ref)) ref++;
  return loneLeaf(nodes, page.kind(ref), page.refs.places[ref] as number);
}

/** The only leaf of a subtree. */
function loneLeaf(nodes: VersionNodes, kind: Kind, place: number): End {
  if (kind === KIND.EMPTY) return null;
  if (kind === KIND.BUCKET) {
    const bucket = nodes.bucket(place);
    return leafOf(bucket, bucket.at);
  }
  const page = nodes.page(place);
  return loneLeafOf(nodes, page, page.at, page.at + page.size);
}

/** Down to the only leaf beside the path, or to nothing. */
function throughBucket(bucket: Bucket, keyHash: Uint8Array, siblings: Uint8Array[]): End {
  const hashes = leafNodes(bucket);
  let [low, high] = [bucket.at, bucket.at + bucket.size];
  while (high - low > 1) {
    const depth = siblings.length;
    const middle = middleOf(bucket, low, high, depth);
    const goesLeft = pathBit(keyHash, depth) === 0;
    const [from, to] = goesLeft ? [middle, high] : [low, middle];
    siblings.push(bucketNode(bucket, hashes, from, to, depth + 1));
    if (goesLeft) high = middle;
    else low = middle;
  }
  return low === high ? null : leafOf(bucket, low);
}

function leafOf({ leaves }: Bucket, leaf: number): End {
  const pair = leaves.pairs(leaf, 1);
  return { keyHash: pair.slice(0, HASH_BYTES), valueHash: pair.slice(HASH_BYTES) };
}

/** The nodes of all leaves, one behind the other. */
function leafNodes({ leaves, at, size }: Bucket): Uint8Array {
  const hashes = new Uint8Array(size * HASH_BYTES);
  if (size > 0) hashPairs(leaves.pairs(at, size), hashes);
  for (let i = 0; i < hashes.length; i += HASH_BYTES) hashes[i] = (hashes[i] as number) | KIND_BIT;
  return hashes;
}

/** Where, among leaves, the right side of the node at `depth` begins. */
function middleOf({ leaves }: Bucket, low: number, high: number, depth: number): number {
  let middle = low;
  while (middle < high && leaves.keyBit(middle, depth) === 0) middle++;
  return middle;
}

function bucketNode(
  bucket: Bucket,
  hashes: Uint8Array,
  low: number,
  high: number,
  depth: number,
): Uint8Array {
  if (low === high) return EMPTY_NODE;
  if (high - low === 1) {
    const at = (low - bucket.at) * HASH_BYTES;
    return hashes.slice(at, at + HASH_BYTES);
  }
  const middle = middleOf(bucket, low, high, depth);
  return joined(
    bucketNode(bucket, hashes, low, middle, depth + 1),
    bucketNode(bucket, hashes, middle, high, depth + 1),
  );
}
