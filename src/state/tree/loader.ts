/** Buckets, pages and values from the store. */
import { corrupt } from '../execution/stored.ts';
import { kvKey } from '../kv/buckets.ts';
import type { KvStore } from '../kv/kv.ts';
import { BucketCache } from './bucket-cache.ts';
import { type Bucket, type Child, KIND, Page, type Ref } from './nodes.ts';
import { NO_PLACE } from './place.ts';
import { readBucket, readPage } from './record.ts';

export class Loader {
  readonly #store: KvStore;
  readonly #cache: BucketCache;
  readonly #read: (place: number) => Uint8Array;

  /** @param bucketsMax how many buckets stay in memory */
  constructor(store: KvStore, bucketsMax: number) {
    this.#store = store;
    this.#cache = new BucketCache(bucketsMax);
    this.#read = (place) => {
      const record = store.get(kvKey.treeRecord(place));
      if (record === undefined) throw corrupt('a record of the state tree is missing');
      return record;
    };
  }

  /** What reference `index` of a page leads to; a page stays in memory with it. */
  child(page: Page, index: number): Child | undefined {
    const known = page.children[index];
    if (known !== undefined) return known;
    const child = this.load(page.ref(index));
    if (child instanceof Page) page.children[index] = child;
    return child;
  }

  /** What a reference leads to; undefined for an empty subtree. */
  load({ kind, place, child }: Ref): Child | undefined {
    if (child !== undefined) return child;
    if (kind === KIND.EMPTY) return undefined;
    if (kind === KIND.PAGE) return readPage(place, this.#read);
    const cached = this.#cache.get(place);
    if (cached !== undefined) return cached;
    const bucket = readBucket(place, this.#read);
    this.#cache.add(bucket, NO_PLACE);
    return bucket;
  }

  /** A bucket that has just been stored, in the place of one that was stored earlier. */
  keep(bucket: Bucket, before: number): void {
    this.#cache.add(bucket, before);
  }

  value(place: number): Uint8Array {
    const value = this.#store.get(kvKey.stateValue(place));
    if (value === undefined) throw corrupt('a value of the state is missing');
    return value;
  }
}
