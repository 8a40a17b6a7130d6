/**
 * The state tree in memory. Neighbouring leaves share a bucket, and neighbouring buckets a page: a
 * page is a region of the binary tree, with references where the region ends. Both are windows into
 * arrays that hold many (`Leaves`, `Refs`), and never change: a version is another root, and what
 * an update makes lies beside what it was made from. Nothing here points to another node; what a
 * reference leads to is found by its place.
 *
 * Where buckets and pages begin doesn't show in the root hash, so none is ever joined again.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import { pathBit } from '../../ledger/merkle/sparse.ts';
import { HASH_WORDS, Hashes } from './hashes.ts';
import { copyWords, enlarged } from './memory.ts';
import { PAIR_BYTES } from './pairs.ts';

/** A bucket with more leaves is split. */
export const BUCKET_LEAVES_MAX = 8;
/** A page with more references is split. */
export const PAGE_REFS_MAX = 32;

/** What a reference leads to; an empty subtree has no record. */
export const KIND = { EMPTY: 0, BUCKET: 1, PAGE: 2 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** Leaves by number. */
export class Leaves {
  /** Key hash and value hash, what a leaf's node is the hash of. */
  bytes: Uint8Array<ArrayBuffer>;
  words: Uint32Array<ArrayBuffer>;
  /** Where the values lie. */
  places: Float64Array;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity * PAIR_BYTES);
    this.words = new Uint32Array(this.bytes.buffer);
    this.places = new Float64Array(capacity);
  }

  /** Makes room for `count`, and keeps what is here. */
  reserve(count: number): void {
    if (count <= this.places.length) return;
    this.places = enlarged(this.places, count);
    this.bytes = enlarged(this.bytes, count * PAIR_BYTES);
    this.words = new Uint32Array(this.bytes.buffer);
  }

  copy(to: number, from: Leaves, start: number, count: number): void {
    this.copyHashes(to, from, start, count);
    for (let i = 0; i < count; i++) this.places[to + i] = from.places[start + i] as number;
  }

  /** All but the places. */
  copyHashes(to: number, from: Leaves, start: number, count: number): void {
    const words = 2 * HASH_WORDS;
    copyWords(this, words * to, from, words * start, words * count);
  }

  /** The hashes of `count` leaves. */
  pairs(start: number, count: number): Uint8Array {
    return this.bytes.subarray(start * PAIR_BYTES, (start + count) * PAIR_BYTES);
  }

  /** Below 0 where the key hash of a leaf is lower than `key`'s at `index`. */
  compareKey(leaf: number, key: Leaves, index: number): number {
    return compareAt(this.bytes, leaf * PAIR_BYTES, key.bytes, index * PAIR_BYTES);
  }

  keyBit(leaf: number, depth: number): number {
    const byte = this.bytes[leaf * PAIR_BYTES + (depth >> 3)] as number;
    return (byte >> (7 - (depth & 7))) & 1;
  }

  /** How many bits the key hashes of a leaf and the next one share. */
  commonBits(leaf: number): number {
    const { bytes } = this;
    const start = leaf * PAIR_BYTES;
    let at = start;
    while (bytes[at] === bytes[at + PAIR_BYTES]) at++;
    const differing = (bytes[at] as number) ^ (bytes[at + PAIR_BYTES] as number);
    return 8 * (at - start) + Math.clz32(differing) - 24;
  }
}

/** Compares the 32 bytes at one place with those at another. */
export function compareAt(a: Uint8Array, at: number, b: Uint8Array, from: number): number {
  for (let i = 0; i < HASH_BYTES; i++) {
    const difference = (a[at + i] as number) - (b[from + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The leaves of a subtree, in order of key hash: `size` of them from `at` on. */
export class Bucket {
  readonly leaves: Leaves;
  readonly at: number;
  readonly size: number;
  /** Of its newest record. */
  readonly place: number;
  /** How many records it takes to read it: a full one and what changed since. */
  readonly records: number;

  constructor(leaves: Leaves, at: number, size: number, place: number, records: number) {
    this.leaves = leaves;
    this.at = at;
    this.size = size;
    this.place = place;
    this.records = records;
  }

  /** The number of the leaf of a key among all; undefined where it is absent. */
  find(keyHash: Uint8Array): number | undefined {
    for (let leaf = this.at; leaf < this.at + this.size; leaf++) {
      const order = compareAt(this.leaves.bytes, leaf * PAIR_BYTES, keyHash, 0);
      if (order >= 0) return order === 0 ? leaf : undefined;
    }
    return undefined;
  }
}

/**
 * References by number, with the inner nodes between neighbours: node 2i is reference i, node
 * 2i + 1 the lowest one above both reference i and i + 1. So they stand in the tree's own order, a
 * subtree is a range, and each node keeps its hash.
 */
export class Refs {
  readonly hashes: Hashes;
  /** Of a reference its kind, of an inner node its depth. */
  marks: Uint8Array;
  /** By reference. */
  places: Float64Array;

  constructor(capacity: number) {
    this.hashes = new Hashes(2 * capacity);
    this.marks = new Uint8Array(2 * capacity);
    this.places = new Float64Array(capacity);
  }

  /** Makes room for `count` references, and keeps what is here. */
  reserve(count: number): void {
    this.hashes.reserve(2 * count);
    this.marks = enlarged(this.marks, 2 * count);
    this.places = enlarged(this.places, count);
  }

  /** Copies nodes; `to` and `start` are both even or both odd. */
  copy(to: number, from: Refs, start: number, count: number): void {
    this.hashes.copy(to, from.hashes, start, count);
    for (let i = 0; i < count; i++) this.marks[to + i] = from.marks[start + i] as number;
    const shift = (to - start) / 2;
    for (let ref = (start + 1) >> 1; 2 * ref < start + count; ref++) {
      this.places[ref + shift] = from.places[ref] as number;
    }
  }

  /** Writes a reference, but for its hash. */
  set(ref: number, kind: Kind, place: number): void {
    this.marks[2 * ref] = kind;
    this.places[ref] = place;
  }

  /**
   * The inner node above the references from `low` to before `high`, two or more, at whose depth
   * there is no other among them.
   */
  innerAt(low: number, high: number, depth: number): number {
    let node = 2 * low + 1;
    while (node < 2 * high - 3 && this.marks[node] !== depth) node += 2;
    return node;
  }

  /** The node above the references from `low` to before `high`. */
  nodeAbove(low: number, high: number, depth: number): number {
    return high - low === 1 ? 2 * low : this.innerAt(low, high, depth);
  }
}

/** A region of the binary tree of at least two references: `size` of them from `at` on. */
export class Page {
  readonly refs: Refs;
  readonly at: number;
  readonly size: number;
  readonly place: number;
  /** As a bucket's. */
  readonly records: number;

  constructor(refs: Refs, at: number, size: number, place: number, records: number) {
    this.refs = refs;
    this.at = at;
    this.size = size;
    this.place = place;
    this.records = records;
  }

  kind(ref: number): Kind {
    return this.refs.marks[2 * ref] as Kind;
  }

  /** The reference that the path of `keyHash` comes to; the page's top is at `depth`. */
  refOf(keyHash: Uint8Array, depth: number): number {
    let [low, high] = [this.at, this.at + this.size];
    for (let at = depth; high - low > 1; at++) {
      const right = (this.refs.innerAt(low, high, at) + 1) >> 1;
      if (pathBit(keyHash, at) === 0) high = right;
      else low = right;
    }
    return low;
  }

  /** The depth of the subtree of a reference, in a page whose top is at `depth`. */
  depthOf(ref: number, depth: number): number {
    const { marks } = this.refs;
    const before = ref > this.at ? (marks[2 * ref - 1] as number) : -1;
    const after = ref < this.at + this.size - 1 ? (marks[2 * ref + 1] as number) : -1;
    return Math.max(before, after, depth - 1) + 1;
  }
}
