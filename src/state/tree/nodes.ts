/**
 * The state tree in memory. Neighbouring leaves share a bucket, and neighbouring buckets a page, so
 * that an object stands for many nodes: a page is a region of the binary tree in flat arrays, with
 * references where the region ends. Both are immutable but for what doesn't change their meaning:
 * what was loaded is remembered, and what is stored is let go. A version is another root.
 *
 * Where buckets and pages begin doesn't show in the root hash, so none is ever joined again.
 */
import { invariant } from '../../common/errors.ts';
import { HASH_BYTES } from '../../common/hash.ts';
import { pathBit } from '../../ledger/merkle/sparse.ts';
import { PAIR_BYTES } from './pairs.ts';
import { NO_PLACE } from './place.ts';

/** A bucket with more leaves is split. */
export const BUCKET_LEAVES_MAX = 16;
/** A page with more references is split. */
export const PAGE_REFS_MAX = 32;

/** What a reference leads to; an empty subtree has no record. */
export const KIND = { EMPTY: 0, BUCKET: 1, PAGE: 2 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** The leaves of a subtree, in order of key hash; a window into arrays that hold many. */
export class Bucket {
  /** Key hash and value hash of each leaf, what its node is the hash of, from `at` on. */
  readonly bytes: Uint8Array;
  readonly at: number;
  /** How many leaves. */
  readonly size: number;
  readonly #places: Float64Array;
  readonly #placesAt: number;
  /** Of its newest record. */
  place = NO_PLACE;
  /** How many records it takes to read it: a full one and what changed since. */
  records = 1;
  /** Of the subtree, at `hashAt`, until it is stored. */
  ownHashes: Uint8Array | undefined;
  hashAt = 0;

  constructor(size: number, bytes: Uint8Array, at: number, places: Float64Array, placesAt: number) {
    this.size = size;
    this.bytes = bytes;
    this.at = at;
    this.#places = places;
    this.#placesAt = placesAt;
  }

  /** All of `bytes` that is its own. */
  get leaves(): Uint8Array {
    return this.bytes.subarray(this.at, this.at + this.size * PAIR_BYTES);
  }

  get places(): Float64Array {
    return this.#places.subarray(this.#placesAt, this.#placesAt + this.size);
  }

  /** Where the value of a leaf lies. */
  valuePlace(index: number): number {
    return this.#places[this.#placesAt + index] as number;
  }

  key(index: number): Uint8Array {
    const at = this.at + index * PAIR_BYTES;
    return this.bytes.subarray(at, at + HASH_BYTES);
  }

  valueHash(index: number): Uint8Array {
    const at = this.at + index * PAIR_BYTES + HASH_BYTES;
    return this.bytes.subarray(at, at + HASH_BYTES);
  }

  /** A bit of a leaf's path. */
  keyBit(index: number, depth: number): number {
    const byte = this.bytes[this.at + index * PAIR_BYTES + (depth >> 3)] as number;
    return (byte >> (7 - (depth & 7))) & 1;
  }

  /** Compares the key hash of a leaf. */
  compareKey(index: number, keyHash: Uint8Array): number {
    return compareAt(this.bytes, this.at + index * PAIR_BYTES, keyHash);
  }

  hasValue(index: number, valueHash: Uint8Array): boolean {
    return compareAt(this.bytes, this.at + index * PAIR_BYTES + HASH_BYTES, valueHash) === 0;
  }

  /** Where the leaf of `keyHash` is, or would be: the first that is not below it. */
  lowerBound(keyHash: Uint8Array): number {
    let index = 0;
    while (index < this.size && this.compareKey(index, keyHash) < 0) index++;
    return index;
  }

  /** The leaf of `keyHash`; undefined where it is absent. */
  find(keyHash: Uint8Array): number | undefined {
    const index = this.lowerBound(keyHash);
    return index < this.size && this.compareKey(index, keyHash) === 0 ? index : undefined;
  }

  /** Lets go of what is stored now. */
  settle(): void {
    this.ownHashes = undefined;
  }

  /** The leaves `[from, to)` alone. */
  part(from: number, to: number): Bucket {
    const at = this.at + from * PAIR_BYTES;
    return new Bucket(to - from, this.bytes, at, this.#places, this.#placesAt + from);
  }
}

/** Compares the 32 bytes of `data` at `at` with `hash`. */
function compareAt(data: Uint8Array, at: number, hash: Uint8Array): number {
  for (let i = 0; i < HASH_BYTES; i++) {
    const difference = (data[at + i] as number) - (hash[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

export type Child = Page | Bucket;

/** The hash of a child that isn't stored yet. */
export function hashOfNew({ ownHashes, hashAt }: Child): Uint8Array {
  invariant(ownHashes !== undefined, 'a new child has been hashed');
  return ownHashes.slice(hashAt, hashAt + HASH_BYTES);
}

/**
 * A region of the binary tree of at least two references. Between two neighbours lies an inner
 * node: `gaps[i]` is the depth of the lowest one above both reference i and i + 1.
 */
export class Page {
  readonly kinds: Uint8Array;
  readonly places: number[];
  readonly hashes: Uint8Array;
  readonly gaps: Uint8Array;
  /** Those that are not stored yet. */
  readonly children: (Child | undefined)[];
  place = NO_PLACE;
  records = 1;
  /** As a bucket's. */
  ownHashes: Uint8Array | undefined;
  hashAt = 0;
  /** How many pages that aren't stored yet are on the way down, this one too. */
  rank = 0;

  constructor(
    kinds: Uint8Array,
    places: number[],
    hashes: Uint8Array,
    gaps: Uint8Array,
    children: (Child | undefined)[],
  ) {
    this.kinds = kinds;
    this.places = places;
    this.hashes = hashes;
    this.gaps = gaps;
    this.children = children;
  }

  get size(): number {
    return this.places.length;
  }

  ref(index: number): Ref {
    return {
      kind: this.kinds[index] as Kind,
      place: this.places[index] as number,
      hash: this.hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
      child: this.children[index],
    };
  }

  /** Takes over hash and place of the children that this update made or that aren't stored yet. */
  takeChildren(): void {
    for (let i = 0; i < this.size; i++) {
      const child = this.children[i];
      const from = child?.ownHashes;
      if (child === undefined || from === undefined) continue;
      this.places[i] = child.place;
      const [to, at] = [i * HASH_BYTES, child.hashAt];
      for (let b = 0; b < HASH_BYTES; b++) this.hashes[to + b] = from[at + b] as number;
    }
  }

  /** Lets go of what is stored now. */
  settle(): void {
    this.rank = 0;
    this.ownHashes = undefined;
    this.children.fill(undefined);
  }

  /** The gap at `depth` among the references from `low` to before `high`; one less if none is. */
  gapAt(low: number, high: number, depth: number): number {
    let gap = low;
    while (gap < high - 1 && this.gaps[gap] !== depth) gap++;
    return gap;
  }

  /** The reference that the path of `keyHash` comes to; the page's top is at `depth`. */
  slotOf(keyHash: Uint8Array, depth: number): number {
    let [low, high, at] = [0, this.size, depth];
    while (high - low > 1) {
      const gap = this.gapAt(low, high, at);
      if (pathBit(keyHash, at) === 0) high = gap + 1;
      else low = gap + 1;
      at++;
    }
    return low;
  }

  /** The depth of the subtree of reference `index`, in a page whose top is at `depth`. */
  depthOf(index: number, depth: number): number {
    const [before, after] = [this.gaps[index - 1] ?? -1, this.gaps[index] ?? -1];
    return Math.max(before, after, depth - 1) + 1;
  }
}

/** A subtree as its parent knows it. */
export interface Ref {
  readonly kind: Kind;
  readonly place: number;
  /** Of the subtree; not known yet where the child is new and has none. */
  readonly hash: Uint8Array;
  readonly child: Child | undefined;
}

/** Neighbouring subtrees, and the depths of the nodes between them. */
export interface Refs {
  readonly refs: readonly Ref[];
  readonly gaps: readonly number[];
}

/** A page of at least two references. */
export function pageOf({ refs, gaps }: Refs): Page {
  const hashes = new Uint8Array(refs.length * HASH_BYTES);
  for (const [i, { hash }] of refs.entries()) hashes.set(hash, i * HASH_BYTES);
  return new Page(
    Uint8Array.from(refs, ({ kind }) => kind),
    refs.map(({ place }) => place),
    hashes,
    Uint8Array.from(gaps),
    refs.map(({ child }) => child),
  );
}
