/**
 * The tree node by node, for proofs: pages and buckets taken apart where a path goes, in the shape
 * that hashing defines, whatever lies in which page.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import { EMPTY_NODE, isEmptyNode, isLeafNode, leafNode } from '../../ledger/merkle/sparse.ts';
import type { Loader } from './loader.ts';
import { type Bucket, Page, type Ref } from './nodes.ts';
import { joined } from './pairs.ts';

export interface Leaf {
  readonly keyHash: Uint8Array;
  readonly valueHash: Uint8Array;
}

/** A subtree: empty, a leaf, or an inner node. */
export class NodeView {
  readonly hash: Uint8Array;
  readonly #open: () => readonly [NodeView, NodeView] | Leaf | NodeView;

  constructor(hash: Uint8Array, open: () => readonly [NodeView, NodeView] | Leaf | NodeView) {
    this.hash = hash;
    this.#open = open;
  }

  get isEmpty(): boolean {
    return isEmptyNode(this.hash);
  }

  get isLeaf(): boolean {
    return isLeafNode(this.hash);
  }

  /** Of an inner node. */
  get children(): readonly [NodeView, NodeView] {
    const opened = this.#open();
    return opened instanceof NodeView ? opened.children : (opened as readonly [NodeView, NodeView]);
  }

  /** The only leaf of a subtree of one. */
  get leaf(): Leaf {
    const opened = this.#open();
    if (opened instanceof NodeView) return opened.leaf;
    if (!Array.isArray(opened)) return opened as Leaf;
    const [left, right] = opened as readonly [NodeView, NodeView];
    return left.isEmpty ? right.leaf : left.leaf;
  }
}

const NOTHING = new NodeView(EMPTY_NODE, () => NOTHING);

/** The whole tree of a version. */
export function viewOf(loader: Loader, root: Ref): NodeView {
  return refView(loader, root.hash, 0, () => loader.load(root));
}

function refView(
  loader: Loader,
  hash: Uint8Array,
  depth: number,
  load: () => Page | Bucket | undefined,
): NodeView {
  return new NodeView(hash, () => {
    const child = load();
    if (child === undefined) return NOTHING;
    return child instanceof Page
      ? pageView(loader, child, [0, child.size], depth)
      : bucketView(child, [0, child.size], depth);
  });
}

type Range = readonly [low: number, high: number];

function pageView(loader: Loader, page: Page, [low, high]: Range, depth: number): NodeView {
  if (high - low === 1) {
    const hash = page.hashes.subarray(low * HASH_BYTES, high * HASH_BYTES);
    return refView(loader, hash, depth, () => loader.child(page, low));
  }
  const gap = page.gapAt(low, high, depth);
  return innerView(
    pageView(loader, page, [low, gap + 1], depth + 1),
    pageView(loader, page, [gap + 1, high], depth + 1),
  );
}

function bucketView(bucket: Bucket, [low, high]: Range, depth: number): NodeView {
  if (low === high) return NOTHING;
  if (high - low === 1) {
    const leaf = { keyHash: bucket.key(low).slice(), valueHash: bucket.valueHash(low).slice() };
    return new NodeView(leafNode(leaf.keyHash, leaf.valueHash), () => leaf);
  }
  let middle = low;
  while (middle < high && bucket.keyBit(middle, depth) === 0) middle++;
  return innerView(
    bucketView(bucket, [low, middle], depth + 1),
    bucketView(bucket, [middle, high], depth + 1),
  );
}

function innerView(left: NodeView, right: NodeView): NodeView {
  return new NodeView(joined(left.hash, right.hash), () => [left, right]);
}
