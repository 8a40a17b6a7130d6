/**
 * Stored buckets that are likely to be asked for again, by place. They lie in a few large arrays:
 * a hundred thousand objects take the garbage collector longer than an update takes.
 */
import { ClockSlots } from './clock.ts';
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
  readonly #slots: ClockSlots;
  readonly #slabs: Slab[] = [];
  /** By slot. */
  readonly #size: Uint8Array;
  readonly #records: Uint8Array;

  /** @param max how many it holds */
  constructor(max: number) {
    this.#max = max;
    this.#slots = new ClockSlots(max);
    this.#size = new Uint8Array(max);
    this.#records = new Uint8Array(max);
  }

  /** What it gives is good until the next `add`. */
  get(place: number): Bucket | undefined {
    const slot = this.#slots.find(place);
    if (slot === undefined) return undefined;
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
    const slot = this.#slots.take(bucket.place, before);
    if (slot >= this.#slabs.length * SLAB_BUCKETS) this.#grow();
    this.#size[slot] = bucket.size;
    this.#records[slot] = bucket.records;
    const { bytes, places } = this.#slabs[Math.floor(slot / SLAB_BUCKETS)] as Slab;
    const at = slot % SLAB_BUCKETS;
    bytes.set(bucket.leaves, at * BUCKET_BYTES);
    places.set(bucket.places, at * BUCKET_LEAVES_MAX);
  }

  #grow(): void {
    const buckets = Math.min(SLAB_BUCKETS, this.#max - this.#slabs.length * SLAB_BUCKETS);
    this.#slabs.push({
      bytes: new Uint8Array(buckets * BUCKET_BYTES),
      places: new Float64Array(buckets * BUCKET_LEAVES_MAX),
    });
  }
}
