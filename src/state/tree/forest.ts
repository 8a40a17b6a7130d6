/**
 * Hashing the roots of many small binary trees at once. Nodes are first planned, then hashed rank
 * by rank (a node's rank is one above its children's): each rank of all trees is one call.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import type { Bucket, Child, Page } from './nodes.ts';
import { hashPairs, LEAF_BIT, PAIR_BYTES } from './pairs.ts';

/** Keeps what is at work within the processor's cache. */
const TREES_AT_ONCE = 1_024;
const HASH_WORDS = HASH_BYTES / 4;
/** The subtree without leaves is node 0 of every plan. */
const EMPTY = 0;

/** A bucket that needs its hash, and the depth of its subtree. */
export interface RootedBucket {
  readonly bucket: Bucket;
  readonly depth: number;
}

/** Gives every bucket the hash of its subtree. */
export function hashBuckets(rooted: readonly RootedBucket[]): void {
  for (let from = 0; from < rooted.length; from += TREES_AT_ONCE) {
    const part = rooted.slice(from, from + TREES_AT_ONCE);
    let leaves = 0;
    for (const { bucket } of part) leaves += bucket.size;
    const pairs = new Uint8Array(leaves * PAIR_BYTES);
    let at = 0;
    for (const { bucket } of part) {
      pairs.set(bucket.leaves, at);
      at += bucket.size * PAIR_BYTES;
    }
    const plan = new Plan(leaves);
    const nodes = plan.given;
    hashPairs(pairs, nodes);
    for (let i = 0; i < nodes.length; i += HASH_BYTES) nodes[i] = (nodes[i] as number) | LEAF_BIT;
    let first = 1;
    const roots = part.map(({ bucket, depth }) => {
      const root = planBucket(plan, bucket, depth, first);
      first += bucket.size;
      return root;
    });
    plan.run();
    plan.give(roots, (i) => (part[i] as RootedBucket).bucket);
  }
}

/** Gives every page its hash; those of its references must be in place. */
export function hashPages(pages: readonly Page[]): void {
  for (let from = 0; from < pages.length; from += TREES_AT_ONCE) {
    const part = pages.slice(from, from + TREES_AT_ONCE);
    let refs = 0;
    for (const page of part) refs += page.size;
    const plan = new Plan(refs);
    let first = 1;
    const roots = part.map((page) => {
      plan.given.set(page.hashes, (first - 1) * HASH_BYTES);
      const root = planPage(plan, page, first);
      first += page.size;
      return root;
    });
    plan.run();
    plan.give(roots, (i) => part[i] as Page);
  }
}

/** Subtrees that wait for their right neighbour, and the depths of the nodes between. */
const waiting: number[] = [];
const gaps: number[] = [];

function planPage(plan: Plan, page: Page, first: number): number {
  let depth = 0;
  let node = first;
  for (let i = 0; i < page.size; i++) {
    node = first + i;
    const gap = i < page.size - 1 ? (page.gaps[i] as number) : -1;
    while (depth > 0 && (gaps[depth - 1] as number) > gap) {
      depth--;
      node = plan.join(waiting[depth] as number, node);
    }
    waiting[depth] = node;
    gaps[depth++] = gap;
  }
  return node;
}

/** As `planPage`; between the nodes of two leaves or more, others may have an empty side. */
function planBucket(plan: Plan, bucket: Bucket, depth: number, first: number): number {
  if (bucket.size === 0) return EMPTY;
  let height = 0;
  let node = first;
  for (let i = 0; i < bucket.size; i++) {
    node = first + i;
    const gap =
      i < bucket.size - 1 ? commonBits(bucket.bytes, bucket.at + i * PAIR_BYTES) : depth - 1;
    let top = -1;
    while (height > 0 && (gaps[height - 1] as number) > gap) {
      height--;
      const below = gaps[height] as number;
      if (top >= 0) node = lift(plan, node, top, below + 1, bucket, i);
      node = plan.join(waiting[height] as number, node);
      top = below;
    }
    // A subtree goes below the lower of the nodes beside it.
    const above = Math.max(gap, height > 0 ? (gaps[height - 1] as number) : depth - 1);
    if (top >= 0) node = lift(plan, node, top, above + 1, bucket, i);
    waiting[height] = node;
    gaps[height++] = gap;
  }
  return node;
}

/** The node at depth `to` above an inner one at depth `from`, with nothing beside it between. */
function lift(
  plan: Plan,
  inner: number,
  from: number,
  to: number,
  bucket: Bucket,
  leaf: number,
): number {
  let node = inner;
  for (let depth = from - 1; depth >= to; depth--) {
    node = bucket.keyBit(leaf, depth) === 0 ? plan.join(node, EMPTY) : plan.join(EMPTY, node);
  }
  return node;
}

/** How many bits the key hashes of the leaf at `at` and the next one share. */
function commonBits(bytes: Uint8Array, at: number): number {
  let i = at;
  while (bytes[i] === bytes[i + PAIR_BYTES]) i++;
  const differing = (bytes[i] as number) ^ (bytes[i + PAIR_BYTES] as number);
  return 8 * (i - at) + Math.clz32(differing) - 24;
}

/** Nodes to be hashed: the given ones from 1 on, then those of the joins in order. */
class Plan {
  /** Where the given nodes are to be written. */
  readonly given: Uint8Array;
  readonly #count: number;
  /** Given nodes, then joins by rank; as bytes and as words. */
  #bytes: Uint8Array;
  #words: Uint32Array;
  #joins: number;
  /** By join. */
  #left: Uint32Array;
  #right: Uint32Array;
  #rank: Uint32Array;
  /** Where the result of a join lies. */
  #position: Uint32Array;

  constructor(count: number) {
    this.#count = count + 1;
    this.#joins = 0;
    // A tree of n nodes has n − 1 joins; those with an empty side are rare and make it grow.
    const joins = count;
    const buffer = new ArrayBuffer((this.#count + joins) * HASH_BYTES);
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.given = this.#bytes.subarray(HASH_BYTES, this.#count * HASH_BYTES);
    this.#left = new Uint32Array(joins);
    this.#right = new Uint32Array(joins);
    this.#rank = new Uint32Array(joins);
    this.#position = new Uint32Array(0);
  }

  /** The node above two. */
  join(left: number, right: number): number {
    const join = this.#joins++;
    if (join === this.#left.length) this.#grow();
    this.#left[join] = left;
    this.#right[join] = right;
    this.#rank[join] = Math.max(this.#rankOf(left), this.#rankOf(right)) + 1;
    return this.#count + join;
  }

  #rankOf(node: number): number {
    return node < this.#count ? 0 : (this.#rank[node - this.#count] as number);
  }

  run(): void {
    const sizes = this.#rankSizes();
    const order = this.#order(sizes);
    const widest = Math.max(0, ...sizes);
    const input = new Uint8Array(widest * PAIR_BYTES);
    const words = new Uint32Array(input.buffer);
    let from = 0;
    for (const size of sizes) {
      this.#runRank(order.subarray(from, from + size), this.#count + from, input, words);
      from += size;
    }
  }

  /** How many joins have each rank, from 1 on. */
  #rankSizes(): number[] {
    const sizes: number[] = [];
    for (let join = 0; join < this.#joins; join++) {
      const rank = (this.#rank[join] as number) - 1;
      sizes[rank] = (sizes[rank] ?? 0) + 1;
    }
    return sizes;
  }

  /** The joins by rank; also gives each its position. */
  #order(sizes: readonly number[]): Uint32Array {
    let end = 0;
    const next = sizes.map((size) => {
      end += size;
      return end - size;
    });
    const order = new Uint32Array(this.#joins);
    this.#position = new Uint32Array(this.#joins);
    for (let join = 0; join < this.#joins; join++) {
      const rank = (this.#rank[join] as number) - 1;
      const at = next[rank] as number;
      next[rank] = at + 1;
      order[at] = join;
      this.#position[join] = this.#count + at;
    }
    return order;
  }

  #runRank(joins: Uint32Array, start: number, input: Uint8Array, words: Uint32Array): void {
    const alone: number[] = [];
    for (let i = 0; i < joins.length; i++) {
      const join = joins[i] as number;
      const left = this.#at(this.#left[join] as number);
      const right = this.#at(this.#right[join] as number);
      this.#copy(left, words, 2 * i);
      this.#copy(right, words, 2 * i + 1);
      if (this.#isEmpty(left)) {
        if (this.#isLeafOrEmpty(right)) alone.push(i, right);
      } else if (this.#isEmpty(right) && this.#isLeafOrEmpty(left)) alone.push(i, left);
    }
    const bytes = this.#bytes;
    const end = (start + joins.length) * HASH_BYTES;
    const output = bytes.subarray(start * HASH_BYTES, end);
    hashPairs(input.subarray(0, joins.length * PAIR_BYTES), output);
    for (let at = start * HASH_BYTES; at < end; at += HASH_BYTES) {
      bytes[at] = (bytes[at] as number) & ~LEAF_BIT;
    }
    // A leaf alone in a subtree is that subtree.
    for (let i = 0; i < alone.length; i += 2) {
      this.#copy(alone[i + 1] as number, this.#words, start + (alone[i] as number));
    }
  }

  #at(node: number): number {
    return node < this.#count ? node : (this.#position[node - this.#count] as number);
  }

  #copy(from: number, target: Uint32Array, to: number): void {
    const [source, at] = [HASH_WORDS * from, HASH_WORDS * to];
    const words = this.#words;
    for (let i = 0; i < HASH_WORDS; i++) target[at + i] = words[source + i] as number;
  }

  #isEmpty(node: number): boolean {
    const at = HASH_WORDS * node;
    for (let i = at; i < at + HASH_WORDS; i++) if (this.#words[i] !== 0) return false;
    return true;
  }

  #isLeafOrEmpty(node: number): boolean {
    return ((this.#bytes[HASH_BYTES * node] as number) & LEAF_BIT) !== 0 || this.#isEmpty(node);
  }

  #grow(): void {
    const joins = 2 * this.#joins + 8;
    const larger = new Uint8Array((this.#count + joins) * HASH_BYTES);
    larger.set(this.given, HASH_BYTES);
    this.#bytes = larger;
    this.#words = new Uint32Array(larger.buffer);
    [this.#left, this.#right, this.#rank] = [this.#left, this.#right, this.#rank].map((array) => {
      const copied = new Uint32Array(joins);
      copied.set(array);
      return copied;
    }) as [Uint32Array, Uint32Array, Uint32Array];
  }

  /** Gives the hashes of `roots` to their trees, after `run`. */
  give(roots: readonly number[], tree: (index: number) => Child): void {
    const hashes = new Uint8Array(roots.length * HASH_BYTES);
    for (const [i, root] of roots.entries()) {
      const at = this.#at(root) * HASH_BYTES;
      for (let b = 0; b < HASH_BYTES; b++)
        hashes[i * HASH_BYTES + b] = this.#bytes[at + b] as number;
      const child = tree(i);
      child.ownHashes = hashes;
      child.hashAt = i * HASH_BYTES;
    }
  }
}
