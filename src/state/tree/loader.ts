/** Buckets, pages and values from the store. */
import type { KvStore } from '../kv/kv.ts';
import { BucketCache } from './bucket-cache.ts';
import { storedItem } from './chunks.ts';
import { type Bucket, type Child, KIND, Page, type Ref } from './nodes.ts';
import { NO_PLACE } from './place.ts';
import { readBucket, readPage } from './record.ts';

export class Loader {
  readonly #cache: BucketCache;
  /** What lies at a place. */
  readonly read: (place: number) => Uint8Array;

  /** @param bucketsMax how many buckets stay in memory */
  constructor(store: KvStore, bucketsMax: number) {
    this.#cache = new BucketCache(bucketsMax);
    this.read = (place) => storedItem(store, place);
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
    if (kind === KIND.PAGE) return readPage(place, this.read);
    const cached = this.#cache.get(place);
    if (cached !== undefined) return cached;
    const bucket = readBucket(place, this.read);
    this.#cache.add(bucket, NO_PLACE);
    return bucket;
  }

  /** A bucket that has just been stored, in the place of one that was stored earlier. */
  keep(bucket: Bucket, before: number): void {
    this.#cache.add(bucket, before);
  }
}
