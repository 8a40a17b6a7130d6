/**
 * Hashing the roots of many small binary trees at once. Nodes are first planned, then hashed rank
 * by rank (a node's rank is one above its children's): each rank of all trees is one call.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import { KIND_BIT } from '../../ledger/merkle/sparse.ts';
import type { Bucket, Child, Page } from './nodes.ts';
import { hashPairs, PAIR_BYTES } from './pairs.ts';

/** Keeps what is at work within the processor's cache. */
const TREES_AT_ONCE = 256;
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
    plan.begin(leaves);
    const pairs = plan.pairs(leaves);
    let at = 0;
    for (const { bucket } of part) {
      pairs.set(bucket.leaves, at);
      at += bucket.size * PAIR_BYTES;
    }
    const nodes = plan.given;
    hashPairs(pairs, nodes);
    for (let i = 0; i < nodes.length; i += HASH_BYTES) nodes[i] = (nodes[i] as number) | KIND_BIT;
    let first = 1;
    const roots = part.map(({ bucket, depth }) => {
      const root = planBucket(bucket, depth, first);
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
    plan.begin(refs);
    const nodes = plan.given;
    let first = 1;
    const roots = part.map((page) => {
      nodes.set(page.hashes, (first - 1) * HASH_BYTES);
      const root = planPage(page, first);
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

function planPage(page: Page, first: number): number {
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
function planBucket(bucket: Bucket, depth: number, first: number): number {
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
      if (top >= 0) node = lift(node, top, below + 1, bucket, i);
      node = plan.join(waiting[height] as number, node);
      top = below;
    }
    // A subtree goes below the lower of the nodes beside it.
    const above = Math.max(gap, height > 0 ? (gaps[height - 1] as number) : depth - 1);
    if (top >= 0) node = lift(node, top, above + 1, bucket, i);
    waiting[height] = node;
    gaps[height++] = gap;
  }
  return node;
}

/** The node at depth `to` above an inner one at depth `from`, with nothing beside it between. */
function lift(inner: number, from: number, to: number, bucket: Bucket, leaf: number): number {
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

/**
 * Nodes to be hashed: the given ones from 1 on, then those of the joins in order. There is one, and
 * it keeps its arrays: new ones for each update would lie outside of V8's heap, and make it collect
 * all garbage every few blocks.
 */
class Plan {
  /** How many nodes are given, the empty one too. */
  #count = 0;
  /** Given nodes, then joins by rank; as bytes and as words. */
  #bytes = new Uint8Array(0);
  #words = new Uint32Array(0);
  #joins = 0;
  /** By join. */
  #left = new Uint32Array(0);
  #right = new Uint32Array(0);
  #rank = new Uint32Array(0);
  /** Where the result of a join lies. */
  #position = new Uint32Array(0);
  /** The joins by rank. */
  #order = new Uint32Array(0);
  #input = new Uint8Array(0);
  #inputWords = new Uint32Array(0);

  /** Begins a new plan over `given` nodes. */
  begin(given: number): void {
    this.#count = given + 1;
    this.#joins = 0;
    // A tree of n nodes has n − 1 joins; those with an empty side are rare and make it grow.
    if (this.#left.length < given) this.#grow(given);
    this.#reserveNodes(given);
    this.#words.fill(0, 0, HASH_WORDS);
  }

  /** Where the given nodes are to be written. */
  get given(): Uint8Array {
    return this.#bytes.subarray(HASH_BYTES, this.#count * HASH_BYTES);
  }

  /** Room for so many pairs, good until `run`. */
  pairs(count: number): Uint8Array {
    const bytes = count * PAIR_BYTES;
    if (this.#input.length < bytes) {
      this.#input = new Uint8Array(2 * bytes);
      this.#inputWords = new Uint32Array(this.#input.buffer);
    }
    return this.#input.subarray(0, bytes);
  }

  /** The node above two. */
  join(left: number, right: number): number {
    const join = this.#joins++;
    if (join === this.#left.length) this.#grow(2 * join + 8);
    this.#left[join] = left;
    this.#right[join] = right;
    this.#rank[join] = Math.max(this.#rankOf(left), this.#rankOf(right)) + 1;
    return this.#count + join;
  }

  #rankOf(node: number): number {
    return node < this.#count ? 0 : (this.#rank[node - this.#count] as number);
  }

  run(): void {
    this.#reserveNodes(this.#joins);
    const sizes = this.#rankSizes();
    this.#sort(sizes);
    let from = 0;
    for (const size of sizes) {
      this.#runRank(from, size);
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

  /** Orders the joins by rank, and gives each its position. */
  #sort(sizes: readonly number[]): void {
    let end = 0;
    const next = sizes.map((size) => {
      end += size;
      return end - size;
    });
    for (let join = 0; join < this.#joins; join++) {
      const rank = (this.#rank[join] as number) - 1;
      const at = next[rank] as number;
      next[rank] = at + 1;
      this.#order[at] = join;
      this.#position[join] = this.#count + at;
    }
  }

  /** Hashes `size` joins of one rank, from `from` on in their order. */
  #runRank(from: number, size: number): void {
    const input = this.pairs(size);
    const words = this.#inputWords;
    const start = this.#count + from;
    const alone: number[] = [];
    for (let i = 0; i < size; i++) {
      const join = this.#order[from + i] as number;
      const left = this.#at(this.#left[join] as number);
      const right = this.#at(this.#right[join] as number);
      this.#copy(left, words, 2 * i);
      this.#copy(right, words, 2 * i + 1);
      if (this.#isEmpty(left)) {
        if (this.#isLeafOrEmpty(right)) alone.push(i, right);
      } else if (this.#isEmpty(right) && this.#isLeafOrEmpty(left)) alone.push(i, left);
    }
    const bytes = this.#bytes;
    const end = (start + size) * HASH_BYTES;
    hashPairs(input, bytes.subarray(start * HASH_BYTES, end));
    for (let at = start * HASH_BYTES; at < end; at += HASH_BYTES) {
      bytes[at] = (bytes[at] as number) & ~KIND_BIT;
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
    return ((this.#bytes[HASH_BYTES * node] as number) & KIND_BIT) !== 0 || this.#isEmpty(node);
  }

  /** Room for the results of so many joins behind the given nodes, which stay. */
  #reserveNodes(joins: number): void {
    const bytes = (this.#count + joins) * HASH_BYTES;
    if (bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * bytes);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#words = new Uint32Array(larger.buffer);
  }

  /** Room for so many joins. */
  #grow(joins: number): void {
    const copied = (from: Uint32Array): Uint32Array<ArrayBuffer> => {
      const larger = new Uint32Array(joins);
      larger.set(from);
      return larger;
    };
    this.#left = copied(this.#left);
    this.#right = copied(this.#right);
    this.#rank = copied(this.#rank);
    this.#position = copied(this.#position);
    this.#order = copied(this.#order);
  }

  /** Gives the hashes of `roots` to their trees, after `run`. */
  give(roots: readonly number[], tree: (index: number) => Child): void {
    const hashes = new Uint8Array(roots.length * HASH_BYTES);
    const words = new Uint32Array(hashes.buffer);
    for (const [i, root] of roots.entries()) {
      this.#copy(this.#at(root), words, i);
      const child = tree(i);
      child.ownHashes = hashes;
      child.hashAt = i * HASH_BYTES;
    }
  }
}

const plan = new Plan();
