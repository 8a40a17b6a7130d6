/**
 * Changing many keys at once. First the pages and buckets that the changes touch are made anew,
 * then all of them are hashed, lowest first, and the records of pages are written.
 */

import { ZERO_HASH } from '../../common/hash.ts';
import { pathBit } from '../../ledger/merkle/sparse.ts';
import { Chunks, ITEM } from './chunks.ts';
import { hashBuckets, hashPages, type RootedBucket } from './forest.ts';
import type { Loader } from './loader.ts';
import { BucketMaker, type Change, divided } from './merge.ts';
import {
  BUCKET_LEAVES_MAX,
  Bucket,
  type Child,
  hashOfNew,
  KIND,
  type Kind,
  PAGE_REFS_MAX,
  Page,
  pageOf,
  type Ref,
  type Refs,
} from './nodes.ts';
import { NO_PLACE } from './place.ts';
import { encodeBucket, encodePage, type NewBucket, type NewPage } from './record.ts';

export const EMPTY_REF: Ref = {
  kind: KIND.EMPTY,
  place: NO_PLACE,
  hash: ZERO_HASH,
  child: undefined,
};

const NO_BUCKET = new Bucket(0, new Uint8Array(0), 0, new Float64Array(0), 0);

/** What an update made. */
export interface Updated {
  readonly root: Ref;
  /** The new values and records. */
  readonly chunks: Chunks;
  /** Where that lies which is kept for good. */
  readonly kept: ReadonlyMap<Uint8Array, number>;
  readonly nodes: readonly Kept[];
}

/** What takes the place of a subtree: one child, or several where it became too large. */
type Made = Child | Refs;

/** A new node, and where the stored one lies that it takes the place of. */
export interface Kept {
  readonly node: Child;
  readonly before: number;
}

/** One update, made by the block `height`. */
export class TreeUpdate {
  readonly #loader: Loader;
  readonly #height: number;
  readonly #changes: readonly Change[];
  readonly #chunks: Chunks;
  readonly #kept = new Map<Uint8Array, number>();
  readonly #maker: BucketMaker;
  readonly #rooted: RootedBucket[] = [];
  readonly #nodes: Kept[] = [];
  /** By rank: those above others come later. */
  readonly #pages: NewPage[][] = [];

  /**
   * @param changes in order of key hash, each once
   * @param kept what lies in the store for good; as a value, the same array, it lies there once
   */
  constructor(
    loader: Loader,
    height: number,
    changes: readonly Change[],
    kept: readonly Uint8Array[],
  ) {
    this.#loader = loader;
    this.#height = height;
    this.#changes = changes;
    this.#chunks = new Chunks(height);
    this.#maker = new BucketMaker(
      (value) => this.#kept.get(value) ?? this.#chunks.add(value, ITEM.VALUE),
    );
    for (const item of kept) {
      if (!this.#kept.has(item)) this.#kept.set(item, this.#chunks.add(item, ITEM.KEPT));
    }
    // So that pruning never writes it anew; and by itself it gets smaller by compression.
    this.#chunks.divide();
  }

  /** Undefined where nothing changes. */
  run(root: Ref): Updated | undefined {
    const made = this.#subtree(root.kind, this.#loader.load(root), 0, 0, this.#changes.length);
    if (made === undefined) return undefined;
    const top = isOne(made) ? made : this.#page(made, undefined);
    this.#hash();
    const kind = top instanceof Page ? KIND.PAGE : KIND.BUCKET;
    return {
      root: { kind, place: top.place, hash: hashOfNew(top), child: top },
      chunks: this.#chunks,
      kept: this.#kept,
      nodes: this.#nodes,
    };
  }

  /** What takes the place of a subtree under the changes `[from, to)`; undefined: it stays. */
  #subtree(
    kind: Kind,
    child: Child | undefined,
    depth: number,
    from: number,
    to: number,
  ): Made | undefined {
    return kind === KIND.PAGE
      ? this.#pageChanged(child as Page, depth, from, to)
      : this.#bucketChanged(child as Bucket | undefined, depth, from, to);
  }

  #bucketChanged(
    loaded: Bucket | undefined,
    depth: number,
    from: number,
    to: number,
  ): Made | undefined {
    const result = this.#maker.merged(loaded ?? NO_BUCKET, this.#changes, from, to);
    if (result === undefined) return undefined;
    const { bucket, steps, dropped } = result;
    if (bucket.size <= BUCKET_LEAVES_MAX) {
      this.#add({ bucket, before: loaded, steps, dropped }, depth);
      return bucket;
    }
    const { buckets, gaps } = divided(bucket, depth, { buckets: [], gaps: [] });
    let [left, before]: [readonly number[], Bucket | undefined] = [dropped, loaded];
    const refs = buckets.map((part, i) => {
      if (part.size === 0) return EMPTY_REF;
      const at = Math.max(gaps[i - 1] ?? -1, gaps[i] ?? -1) + 1;
      this.#add({ bucket: part, before, steps: undefined, dropped: left }, at);
      [left, before] = [[], undefined];
      return refTo(part);
    });
    return { refs, gaps };
  }

  #add(created: NewBucket, depth: number): void {
    const { bucket, before } = created;
    this.#nodes.push({ node: bucket, before: before?.place ?? NO_PLACE });
    this.#rooted.push({ bucket, depth });
    bucket.place = this.#chunks.add(encodeBucket(created, this.#height), ITEM.RECORD);
  }

  #pageChanged(before: Page, depth: number, from: number, to: number): Made | undefined {
    const slots: number[] = [];
    const made: Made[] = [];
    this.#descend(before, 0, before.size, depth, from, to, slots, made);
    if (slots.length === 0) return undefined;
    const counts = made.map((each) => (isOne(each) ? 1 : each.refs.length));
    if (made.every(isOne))
      return this.#enlist({
        page: replaced(before, slots, made),
        before,
        splices: { slots, counts },
      });
    const all = spliced(before, slots, made);
    if (all.refs.length > PAGE_REFS_MAX) return this.#dividedPage(all, depth, { before });
    return this.#enlist({ page: pageOf(all), before, splices: { slots, counts } });
  }

  /** Follows the paths of the changes `[from, to)` through the references `[low, high)`. */
  #descend(
    page: Page,
    low: number,
    high: number,
    depth: number,
    from: number,
    to: number,
    slots: number[],
    made: Made[],
  ): void {
    if (from === to) return;
    if (high - low === 1) {
      const kind = page.kinds[low] as Kind;
      const result = this.#subtree(kind, this.#loader.child(page, low), depth, from, to);
      if (result === undefined) return;
      slots.push(low);
      made.push(result);
      return;
    }
    const middle = page.gapAt(low, high, depth) + 1;
    let split = from;
    while (split < to && pathBit((this.#changes[split] as Change).keyHash, depth) === 0) split++;
    this.#descend(page, low, middle, depth + 1, from, split, slots, made);
    this.#descend(page, middle, high, depth + 1, split, to, slots, made);
  }

  /** Pages of the references that were too many for one; a lone one goes up to the page above. */
  #dividedPage({ refs, gaps }: Refs, depth: number, heir: { before: Page | undefined }): Refs {
    if (refs.length === 1) return { refs, gaps };
    if (refs.length <= PAGE_REFS_MAX) {
      const page = this.#page({ refs, gaps }, heir.before);
      heir.before = undefined;
      return { refs: [refTo(page)], gaps: [] };
    }
    const gap = gaps.indexOf(depth);
    const left = { refs: refs.slice(0, gap + 1), gaps: gaps.slice(0, gap) };
    const right = { refs: refs.slice(gap + 1), gaps: gaps.slice(gap + 1) };
    const low = this.#dividedPage(left, depth + 1, heir);
    const high = this.#dividedPage(right, depth + 1, heir);
    return { refs: [...low.refs, ...high.refs], gaps: [...low.gaps, depth, ...high.gaps] };
  }

  #page(refs: Refs, before: Page | undefined): Page {
    return this.#enlist({ page: pageOf(refs), before, splices: undefined });
  }

  /** It gets its place when its children have theirs and their hashes. */
  #enlist(created: NewPage): Page {
    const { page, before } = created;
    this.#nodes.push({ node: page, before: before?.place ?? NO_PLACE });
    let below = 0;
    for (const child of page.children) {
      if (child instanceof Page && child.rank > below) below = child.rank;
    }
    page.rank = below + 1;
    while (this.#pages.length <= below) this.#pages.push([]);
    this.#pages[below]?.push(created);
    return page;
  }

  #hash(): void {
    hashBuckets(this.#rooted);
    for (const rank of this.#pages) {
      for (const created of rank) {
        created.page.takeChildren();
        created.page.place = this.#chunks.add(encodePage(created, this.#height), ITEM.RECORD);
      }
      hashPages(rank.map(({ page }) => page));
    }
  }
}

function isOne(made: Made): made is Child {
  return made instanceof Bucket || made instanceof Page;
}

function refTo(child: Child): Ref {
  const kind = child instanceof Page ? KIND.PAGE : KIND.BUCKET;
  return { kind, place: child.place, hash: ZERO_HASH, child };
}

/** The page with some references replaced one by one. */
function replaced(before: Page, slots: readonly number[], made: readonly Child[]): Page {
  let { kinds } = before;
  const places = before.places.slice();
  const children = before.children.slice();
  for (let i = 0; i < slots.length; i++) {
    const [slot, child] = [slots[i] as number, made[i] as Child];
    // Else the two share them.
    if (kinds[slot] === KIND.EMPTY) kinds = kinds.with(slot, KIND.BUCKET);
    places[slot] = child.place;
    children[slot] = child;
  }
  return new Page(kinds, places, before.hashes.slice(), before.gaps, children);
}

/** All references of a page, what was made in the place of what it replaces. */
function spliced(before: Page, slots: readonly number[], made: readonly Made[]): Refs {
  const refs: Ref[] = [];
  const gaps: number[] = [];
  let next = 0;
  for (let i = 0; i < before.size; i++) {
    const replacement = slots[next] === i ? made[next++] : undefined;
    if (replacement === undefined) refs.push(before.ref(i));
    else if (isOne(replacement)) refs.push(refTo(replacement));
    else {
      refs.push(...replacement.refs);
      gaps.push(...replacement.gaps);
    }
    if (i < before.size - 1) gaps.push(before.gaps[i] as number);
  }
  return { refs, gaps };
}
