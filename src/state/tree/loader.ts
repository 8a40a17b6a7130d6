/** Buckets, pages and values from the store. */
import type { KvStore } from '../kv/kv.ts';
import { BucketCache } from './bucket-cache.ts';
import { storedItem } from './chunks.ts';
import { Bucket, type Child, KIND, type Kind, type Page, type Ref } from './nodes.ts';
import { PageCache } from './page-cache.ts';
import { NO_PLACE } from './place.ts';
import { readBucket, readPage } from './record.ts';

/** How many stored nodes may stay in memory. */
export interface TreeMemory {
  readonly buckets: number;
  readonly pages: number;
}

export class Loader {
  readonly #buckets: BucketCache;
  readonly #pages: PageCache;
  /** What lies at a place. */
  readonly read: (place: number) => Uint8Array;

  constructor(store: KvStore, memory: TreeMemory) {
    this.#buckets = new BucketCache(memory.buckets);
    this.#pages = new PageCache(memory.pages);
    this.read = (place) => storedItem(store, place);
  }

  /** What reference `index` of a page leads to. */
  child(page: Page, index: number): Child | undefined {
    const { kinds, places, children } = page;
    return children[index] ?? this.#stored(kinds[index] as Kind, places[index] as number);
  }

  /** What a reference leads to; undefined for an empty subtree. */
  load({ kind, place, child }: Ref): Child | undefined {
    return child ?? this.#stored(kind, place);
  }

  /** A node that has just been stored, in the place of one that was stored earlier. */
  keep(node: Child, before: number): void {
    if (node instanceof Bucket) this.#buckets.add(node, before);
    else this.#pages.add(node, before);
  }

  #stored(kind: Kind, place: number): Child | undefined {
    if (kind === KIND.EMPTY) return undefined;
    const cache = kind === KIND.PAGE ? this.#pages : this.#buckets;
    const cached = cache.get(place);
    if (cached !== undefined) return cached;
    const read = kind === KIND.PAGE ? readPage : readBucket;
    const node = read(place, this.read);
    this.keep(node, NO_PLACE);
    return node;
  }
}
