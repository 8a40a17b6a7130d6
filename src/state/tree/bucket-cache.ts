/**
 * Stored buckets that are likely to be asked for again, by place. They lie in a few large arrays:
 * a hundred thousand objects take the garbage collector longer than an update takes. What goes is
 * found by a CLOCK: a hand goes round and takes the first that wasn't used since it last came by.
 */
import { BUCKET_LEAVES_MAX, Bucket } from './nodes.ts';
import { PAIR_BYTES } from './pairs.ts';

/** Memory grows by so many buckets, 4 MB. */
const SLAB_BUCKETS = 4_096;
const BUCKET_BYTES = BUCKET_LEAVES_MAX * PAIR_BYTES;

interface Slab {
  readonly bytes: Uint8Array;
  readonly places: Float64Array;
}

export class BucketCache {
  readonly #max: number;
  readonly #slots = new Map<number, number>();
  readonly #slabs: Slab[] = [];
  /** By slot. */
  readonly #place: Float64Array;
  readonly #size: Uint8Array;
  readonly #records: Uint8Array;
  readonly #used: Uint8Array;
  #count = 0;
  #hand = 0;

  /** @param max how many it holds */
  constructor(max: number) {
    this.#max = max;
    this.#place = new Float64Array(max);
    this.#size = new Uint8Array(max);
    this.#records = new Uint8Array(max);
    this.#used = new Uint8Array(max);
  }

  /** What it gives is good until the next `add`. */
  get(place: number): Bucket | undefined {
    const slot = this.#slots.get(place);
    if (slot === undefined) return undefined;
    this.#used[slot] = 1;
    const { bytes, places } = this.#slabs[Math.floor(slot / SLAB_BUCKETS)] as Slab;
    const at = slot % SLAB_BUCKETS;
    const size = this.#size[slot] as number;
    const bucket = new Bucket(size, bytes, at * BUCKET_BYTES, places, at * BUCKET_LEAVES_MAX);
    bucket.place = place;
    bucket.records = this.#records[slot] as number;
    return bucket;
  }

  /** @param before where it lay before: that one isn't of use any more */
  add(bucket: Bucket, before: number): void {
    const slot = this.#take(before);
    this.#slots.set(bucket.place, slot);
    this.#place[slot] = bucket.place;
    this.#size[slot] = bucket.size;
    this.#records[slot] = bucket.records;
    const { bytes, places } = this.#slabs[Math.floor(slot / SLAB_BUCKETS)] as Slab;
    const at = slot % SLAB_BUCKETS;
    bytes.set(bucket.leaves, at * BUCKET_BYTES);
    places.set(bucket.places, at * BUCKET_LEAVES_MAX);
  }

  #take(before: number): number {
    const same = this.#slots.get(before);
    if (same !== undefined) {
      this.#slots.delete(before);
      return same;
    }
    if (this.#count < this.#max) return this.#next();
    while (this.#used[this.#hand] === 1) {
      this.#used[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.#max;
    }
    const slot = this.#hand;
    this.#hand = (slot + 1) % this.#max;
    this.#slots.delete(this.#place[slot] as number);
    return slot;
  }

  /** A slot that was never used. */
  #next(): number {
    if (this.#count % SLAB_BUCKETS === 0) {
      const buckets = Math.min(SLAB_BUCKETS, this.#max - this.#count);
      this.#slabs.push({
        bytes: new Uint8Array(buckets * BUCKET_BYTES),
        places: new Float64Array(buckets * BUCKET_LEAVES_MAX),
      });
    }
    return this.#count++;
  }
}
