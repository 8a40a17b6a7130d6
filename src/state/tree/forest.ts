/** Planning and hashing what is new of the binary trees in buckets and pages, many at once. */
import { HASH_BYTES } from '../../common/hash.ts';
import { KIND_BIT } from '../../ledger/merkle/sparse.ts';
import type { Arena } from './arena.ts';
import { Hashes } from './hashes.ts';
import { joins } from './joins.ts';
import { Numbers } from './memory.ts';
import type { Leaves, Refs } from './nodes.ts';
import { hashPairs } from './pairs.ts';

/** Keeps what is at work within the processor's cache. */
const BUCKETS_AT_ONCE = 256;

/** The nodes of buckets: the empty subtree, their leaves, then those of the joins in order. */
const nodes = new Hashes(0);
const EMPTY = 0;
/** Those at the top of each bucket. */
const roots = new Numbers();
/** The next one to be planned. */
let next = 0;

/**
 * Hashes all buckets of an arena, which lie one behind the other.
 *
 * @param depths of their subtrees
 * @param targets which of the references `made` leads to each: they get the hashes
 */
export function hashBuckets(arena: Arena, depths: Numbers, made: Refs, targets: Numbers): void {
  const { buckets, leaves } = arena;
  for (let from = 0; from < buckets.count; from += BUCKETS_AT_ONCE) {
    const to = Math.min(from + BUCKETS_AT_ONCE, buckets.count);
    const start = buckets.at[from] as number;
    const count = (buckets.at[to - 1] as number) + (buckets.size[to - 1] as number) - start;
    hashLeaves(leaves, start, count);
    roots.clear();
    for (let i = from; i < to; i++) {
      const [at, size] = [buckets.at[i] as number, buckets.size[i] as number];
      roots.push(planBucket(leaves, at, size, depths.at(i), 1 + at - start));
    }
    joins.run(nodes);
    for (let i = from; i < to; i++) {
      made.hashes.copy(2 * targets.at(i), nodes, roots.at(i - from), 1);
    }
  }
}

/** Makes the nodes of `count` leaves the first ones. */
function hashLeaves(leaves: Leaves, start: number, count: number): void {
  // A tree of n leaves has n − 1 joins; those with an empty side are rare.
  nodes.reserve(2 * (1 + count));
  nodes.words.fill(0, 0, HASH_BYTES / 4);
  const { bytes } = nodes;
  const end = (1 + count) * HASH_BYTES;
  if (count > 0) hashPairs(leaves.pairs(start, count), bytes.subarray(HASH_BYTES, end));
  for (let at = HASH_BYTES; at < end; at += HASH_BYTES)
    bytes[at] = (bytes[at] as number) | KIND_BIT;
  next = 1 + count;
}

function join(depth: number, left: number, right: number): number {
  const node = next++;
  nodes.reserve(next);
  joins.add(depth, left, right, node);
  return node;
}

/** Subtrees that wait for their right neighbour, and the depths of the nodes between. */
const waiting: number[] = [];
const gaps: number[] = [];

/**
 * Plans the tree of the leaves from `at` on, the first of which is the node `first`. Between the
 * nodes of two leaves or more, others may have an empty side.
 */
function planBucket(
  leaves: Leaves,
  at: number,
  size: number,
  depth: number,
  first: number,
): number {
  if (size === 0) return EMPTY;
  let height = 0;
  let node = first;
  for (let i = 0; i < size; i++) {
    node = first + i;
    const gap = i < size - 1 ? leaves.commonBits(at + i) : depth - 1;
    let top = -1;
    while (height > 0 && (gaps[height - 1] as number) > gap) {
      height--;
      const below = gaps[height] as number;
      if (top >= 0) node = lift(node, top, below + 1, leaves, at + i);
      node = join(below, waiting[height] as number, node);
      top = below;
    }
    // A subtree goes below the lower of the nodes beside it.
    const above = Math.max(gap, height > 0 ? (gaps[height - 1] as number) : depth - 1);
    if (top >= 0) node = lift(node, top, above + 1, leaves, at + i);
    waiting[height] = node;
    gaps[height++] = gap;
  }
  return node;
}

/** The node at depth `to` above an inner one at depth `from`, with nothing beside it between. */
function lift(inner: number, from: number, to: number, leaves: Leaves, leaf: number): number {
  let node = inner;
  for (let depth = from - 1; depth >= to; depth--) {
    const isLeft = leaves.keyBit(leaf, depth) === 0;
    node = isLeft ? join(depth, node, EMPTY) : join(depth, EMPTY, node);
  }
  return node;
}

/**
 * Plans what has to be hashed anew above the references from `low` to before `high` of a page:
 * `joins.run` with its hashes does it.
 *
 * @param changed the references that changed, in order: those from `from` to before `to` count
 * @returns the node above all of them
 */
export function planPage(
  refs: Refs,
  low: number,
  high: number,
  depth: number,
  changed: Numbers,
  from: number,
  to: number,
): number {
  const node = refs.nodeAbove(low, high, depth);
  if (from === to || high - low === 1) return node;
  const middle = (node + 1) >> 1;
  let split = from;
  while (split < to && changed.at(split) < middle) split++;
  const left = planPage(refs, low, middle, depth + 1, changed, from, split);
  const right = planPage(refs, middle, high, depth + 1, changed, split, to);
  joins.add(depth, left, right, node);
  return node;
}
