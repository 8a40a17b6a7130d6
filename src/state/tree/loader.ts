/** Buckets, pages and values by place: of blocks that aren't stored yet, from memory, the store. */
import type { KvStore } from '../kv/kv.ts';
import type { Arena } from './arena.ts';
import { type Chunks, storedItem } from './chunks.ts';
import { bucketCache, type NodeCache, pageCache } from './node-cache.ts';
import { type Bucket, type Leaves, PAGE_REFS_MAX, Page, Refs } from './nodes.ts';
import { heightOfPlace, NO_PLACE } from './place.ts';
import { readBucket, readPage } from './read-record.ts';

/** How many stored nodes may stay in memory. */
export interface TreeMemory {
  readonly buckets: number;
  readonly pages: number;
  /** Whether the memory for all of them is taken at once, and not as they come in. */
  readonly isClaimed?: boolean;
}

/** What one block made of the state, until it is stored. */
export interface Pending {
  readonly height: number;
  readonly arena: Arena;
  /** The new values and records. */
  readonly chunks: Chunks;
  /** Where each item lies that is kept for good. */
  readonly kept: Float64Array;
  /** What it was made from. */
  readonly base: { readonly pending: Pending | undefined };
}

/** What is stored. */
export class Loader {
  readonly #buckets: NodeCache<Bucket, Leaves>;
  readonly #pages: NodeCache<Page, Refs>;
  /** What lies at a place. */
  readonly read: (place: number) => Uint8Array;

  constructor(store: KvStore, memory: TreeMemory) {
    this.#buckets = bucketCache(memory.buckets, memory.isClaimed);
    this.#pages = pageCache(memory.pages, memory.isClaimed);
    this.read = (place) => storedItem(store, place);
  }

  /** Good until the next one is asked for. */
  bucket(place: number): Bucket {
    const cached = this.#buckets.get(place);
    if (cached !== undefined) return cached;
    const bucket = readBucket(place, this.read);
    this.#buckets.add(bucket, NO_PLACE);
    return bucket;
  }

  /** Good until the next one is asked for. */
  page(place: number): Page {
    const cached = this.#pages.get(place);
    if (cached !== undefined) return cached;
    const page = readPage(place, this.read);
    // Earlier versions of this program wrote larger ones, at the top of a new state.
    if (page.size <= PAGE_REFS_MAX) this.#pages.add(page, NO_PLACE);
    return page;
  }

  /** As `bucket`; it is about to be replaced, and is not kept. */
  passingBucket(place: number): Bucket {
    return this.#buckets.get(place) ?? readBucket(place, this.read);
  }

  /** Good until one is kept; it is about to be replaced. */
  passingPage(place: number): Page {
    const cached = this.#pages.get(place);
    if (cached !== undefined) return cached;
    const { refs, at, size, records } = readPage(place, this.read);
    const own = new Refs(size);
    own.copy(0, refs, 2 * at, 2 * size - 1);
    return new Page(own, 0, size, place, records);
  }

  /** Keeps the nodes of an arena, just stored, in the places of those before them. */
  keep(arena: Arena): void {
    const { buckets, pages } = arena;
    for (let i = 0; i < buckets.count; i++) {
      this.#buckets.add(arena.bucket(i), buckets.before[i] as number);
    }
    for (let i = 0; i < pages.count; i++) {
      this.#pages.add(arena.page(i), pages.before[i] as number);
    }
  }
}

/** What a version consists of: what isn't stored yet lies in memory, by the height of its block. */
export class VersionNodes {
  readonly #loader: Loader;
  readonly #pending: Pending | undefined;

  constructor(loader: Loader, pending: Pending | undefined) {
    this.#loader = loader;
    this.#pending = pending;
  }

  bucket(place: number): Bucket {
    return this.#blockOf(place)?.arena.bucketAt(place) ?? this.#loader.bucket(place);
  }

  page(place: number): Page {
    return this.#blockOf(place)?.arena.pageAt(place) ?? this.#loader.page(place);
  }

  passingBucket(place: number): Bucket {
    return this.#blockOf(place)?.arena.bucketAt(place) ?? this.#loader.passingBucket(place);
  }

  passingPage(place: number): Page {
    return this.#blockOf(place)?.arena.pageAt(place) ?? this.#loader.passingPage(place);
  }

  value(place: number): Uint8Array {
    return this.#blockOf(place)?.chunks.get(place) ?? this.#loader.read(place);
  }

  #blockOf(place: number): Pending | undefined {
    let block = this.#pending;
    if (block === undefined) return undefined;
    const height = heightOfPlace(place);
    while (block !== undefined && block.height > height) block = block.base.pending;
    return block?.height === height ? block : undefined;
  }
}
