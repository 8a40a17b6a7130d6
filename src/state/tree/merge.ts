/** Changing the leaves of a bucket, and dividing one that became too large. */
import { HASH_BYTES } from '../../common/hash.ts';
import { BUCKET_LEAVES_MAX, Bucket } from './nodes.ts';
import { PAIR_BYTES } from './pairs.ts';

/** What becomes of a key: its new value, or undefined to remove it. */
export interface Change {
  readonly keyHash: Uint8Array;
  readonly valueHash: Uint8Array | undefined;
  readonly value: Uint8Array | undefined;
}

/** What becomes of a leaf. */
export const STEP = { REMOVE: 0, REPLACE: 1, INSERT: 2 } as const;

/** One difference between two buckets, in order of leaves. */
export interface BucketStep {
  readonly type: (typeof STEP)[keyof typeof STEP];
  /** The leaf of the bucket before; of an insertion, the one that stands after it. */
  readonly before: number;
  /** The leaf of the bucket after; of a removal, the one that stands after it. */
  readonly index: number;
}

/** What a merge made; the lists are good until the next one. */
export interface Merged {
  readonly bucket: Bucket;
  readonly steps: readonly BucketStep[];
  /** Where the values lay that the bucket has no longer. */
  readonly dropped: readonly number[];
}

const CHUNK_LEAVES = 4_096;

/** Makes the new buckets of an update; they lie in few arrays, which live as long as they do. */
export class BucketMaker {
  /** Gives a value its place. */
  readonly #store: (value: Uint8Array) => number;
  #bytes = new Uint8Array(0);
  #places = new Float64Array(0);
  #leaves = 0;

  constructor(store: (value: Uint8Array) => number) {
    this.#store = store;
  }

  /** The bucket with the changes `[from, to)`, sorted by key; undefined where it stays the same. */
  merged(before: Bucket, changes: readonly Change[], from: number, to: number): Merged | undefined {
    this.#reserve(before.size + to - from);
    const start = this.#leaves;
    const steps: BucketStep[] = [];
    const dropped: number[] = [];
    let kept = 0;
    for (let i = from; i < to; i++) {
      const { keyHash, valueHash, value } = changes[i] as Change;
      const at = before.lowerBound(keyHash);
      const present = at < before.size && before.compareKey(at, keyHash) === 0;
      const removed = value === undefined || valueHash === undefined;
      if (removed ? !present : present && before.hasValue(at, valueHash)) continue;
      this.#keep(before, kept, at);
      kept = present ? at + 1 : at;
      if (present) dropped.push(before.valuePlace(at));
      const type = removed ? STEP.REMOVE : present ? STEP.REPLACE : STEP.INSERT;
      steps.push({ type, before: at, index: this.#leaves - start });
      if (!removed) this.#add(keyHash, valueHash, this.#store(value));
    }
    if (steps.length === 0) {
      this.#leaves = start;
      return undefined;
    }
    this.#keep(before, kept, before.size);
    const size = this.#leaves - start;
    const bucket = new Bucket(size, this.#bytes, start * PAIR_BYTES, this.#places, start);
    return { bucket, steps, dropped };
  }

  #add(keyHash: Uint8Array, valueHash: Uint8Array, place: number): void {
    const at = this.#leaves * PAIR_BYTES;
    this.#bytes.set(keyHash, at);
    this.#bytes.set(valueHash, at + HASH_BYTES);
    this.#places[this.#leaves++] = place;
  }

  #keep(before: Bucket, from: number, to: number): void {
    if (from === to) return;
    const start = before.at + from * PAIR_BYTES;
    const end = before.at + to * PAIR_BYTES;
    this.#bytes.set(before.bytes.subarray(start, end), this.#leaves * PAIR_BYTES);
    for (let i = from; i < to; i++) this.#places[this.#leaves++] = before.valuePlace(i);
  }

  #reserve(leaves: number): void {
    if (this.#leaves + leaves <= this.#places.length) return;
    const size = Math.max(CHUNK_LEAVES, leaves);
    this.#bytes = new Uint8Array(size * PAIR_BYTES);
    this.#places = new Float64Array(size);
    this.#leaves = 0;
  }
}

/** A bucket divided until none is too large: from left to right, with the depths between them. */
export interface Divided {
  readonly buckets: Bucket[];
  readonly gaps: number[];
}

/** @param depth of the bucket's subtree */
export function divided(bucket: Bucket, depth: number, into: Divided): Divided {
  if (bucket.size <= BUCKET_LEAVES_MAX) {
    into.buckets.push(bucket);
    return into;
  }
  let middle = 0;
  while (middle < bucket.size && bucket.keyBit(middle, depth) === 0) middle++;
  divided(bucket.part(0, middle), depth + 1, into);
  into.gaps.push(depth);
  return divided(bucket.part(middle, bucket.size), depth + 1, into);
}
