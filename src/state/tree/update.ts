/**
 * Changing many keys at once. First the pages and buckets that the changes touch are made anew, then
 * all of them are hashed, lowest first, and then their records are written.
 */

import { invariant } from '../../common/errors.ts';
import { ZERO_HASH } from '../../common/hash.ts';
import { pathBit } from '../../ledger/merkle/sparse.ts';
import { kvKey } from '../kv/buckets.ts';
import type { KvWrite } from '../kv/kv.ts';
import { hashBuckets, hashPages, type RootedBucket } from './forest.ts';
import type { Loader } from './loader.ts';
import { BucketMaker, type Change, divided } from './merge.ts';
import {
  Bucket,
  type Child,
  KIND,
  PAGE_REFS_MAX,
  Page,
  pageOf,
  type Ref,
  type Refs,
} from './nodes.ts';
import { NO_PLACE, placeOf } from './place.ts';
import {
  type Before,
  encodeBucket,
  encodePage,
  type NewBucket,
  type NewPage,
  type Splice,
} from './record.ts';

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
  /** By number of their places, from 1 on. */
  readonly values: readonly Uint8Array[];
  readonly writes: readonly KvWrite[];
  readonly buckets: readonly NewBucket[];
  readonly pages: readonly NewPage[];
}

/** The changes `[from, to)`. */
type Span = readonly [from: number, to: number];

/** One update, made by the block `height`. */
export class TreeUpdate {
  readonly #loader: Loader;
  readonly #height: number;
  readonly #changes: readonly Change[];
  readonly #maker = new BucketMaker((value) => this.#store(value));
  readonly #values: Uint8Array[] = [];
  readonly #writes: KvWrite[] = [];
  readonly #rooted: RootedBucket[] = [];
  readonly #buckets: NewBucket[] = [];
  /** By rank: those above others come later. */
  readonly #pages: NewPage[][] = [];
  #records = 0;

  /** @param changes in order of key hash, each once */
  constructor(loader: Loader, height: number, changes: readonly Change[]) {
    this.#loader = loader;
    this.#height = height;
    this.#changes = changes;
  }

  /** Undefined where nothing changes. */
  run(root: Ref): Updated | undefined {
    const made = this.#subtree(root, 0, [0, this.#changes.length]);
    if (made === undefined) return undefined;
    const top = made.refs.length === 1 ? (made.refs[0] as Ref) : refTo(this.#page(made));
    this.#hash();
    this.#encode();
    const { kind, place, child } = top;
    const hash = child?.hash ?? ZERO_HASH;
    const pages = this.#pages.flat();
    const values = this.#values;
    return {
      values,
      root: { kind, place, hash, child },
      writes: this.#writes,
      buckets: this.#buckets,
      pages,
    };
  }

  /** What takes the place of a subtree; undefined where it stays as it is. */
  #subtree(ref: Ref, depth: number, span: Span): Refs | undefined {
    if (ref.kind === KIND.PAGE) {
      return this.#pageChanged(this.#loader.load(ref) as Page, depth, span);
    }
    const before = this.#loader.load(ref) as Bucket | undefined;
    return this.#bucketChanged(before, depth, span);
  }

  #bucketChanged(loaded: Bucket | undefined, depth: number, span: Span): Refs | undefined {
    const result = this.#maker.merged(loaded ?? NO_BUCKET, this.#changes, ...span);
    if (result === undefined) return undefined;
    const { bucket, steps, dropped } = result;
    // The loaded one is lent; the next may lie where it did.
    const before = loaded && { place: loaded.place, records: loaded.records };
    const { buckets, gaps } = divided(bucket, depth, { buckets: [], gaps: [] });
    if (buckets.length === 1) {
      this.#add({ bucket, before, steps, dropped }, depth);
      return { refs: [refTo(bucket)], gaps };
    }
    let [left, superseded]: [readonly number[], Before | undefined] = [dropped, before];
    const refs = buckets.map((part, i) => {
      if (part.size === 0) return EMPTY_REF;
      const at = Math.max(gaps[i - 1] ?? -1, gaps[i] ?? -1) + 1;
      this.#add({ bucket: part, before: superseded, steps: undefined, dropped: left }, at);
      [left, superseded] = [[], undefined];
      return refTo(part);
    });
    return { refs, gaps };
  }

  #add(created: NewBucket, depth: number): void {
    created.bucket.place = this.#nextRecord();
    this.#buckets.push(created);
    this.#rooted.push({ bucket: created.bucket, depth });
  }

  #pageChanged(before: Page, depth: number, span: Span): Refs | undefined {
    const made = new Map<number, Refs>();
    this.#descend(before, [0, before.size], depth, span, made);
    if (made.size === 0) return undefined;
    const splices: Splice[] = [];
    let size = before.size;
    for (const [at, { refs }] of made) {
      splices.push({ before: at, index: at + size - before.size, count: refs.length });
      size += refs.length - 1;
    }
    if (size === before.size) {
      const page = replaced(before, made);
      this.#enlist({ page, before, splices });
      return { refs: [refTo(page)], gaps: [] };
    }
    const all = spliced(before, made);
    if (size <= PAGE_REFS_MAX) {
      const page = pageOf(all);
      this.#enlist({ page, before, splices });
      return { refs: [refTo(page)], gaps: [] };
    }
    return this.#dividedPage(all, depth, { before });
  }

  /** Follows the paths of the changes through a page to its references. */
  #descend(page: Page, range: Span, depth: number, span: Span, made: Map<number, Refs>): void {
    const [low, high] = range;
    const [from, to] = span;
    if (from === to) return;
    if (high - low === 1) {
      const ref = page.ref(low);
      const child = ref.kind === KIND.PAGE ? this.#loader.child(page, low) : ref.child;
      const result = this.#subtree({ ...ref, child }, depth, span);
      if (result !== undefined) made.set(low, result);
      return;
    }
    const gap = page.gapAt(low, high, depth);
    let middle = from;
    while (middle < to && pathBit((this.#changes[middle] as Change).keyHash, depth) === 0) middle++;
    this.#descend(page, [low, gap + 1], depth + 1, [from, middle], made);
    this.#descend(page, [gap + 1, high], depth + 1, [middle, to], made);
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
    const [low, high] = [left, right].map((side) => this.#dividedPage(side, depth + 1, heir)) as [
      Refs,
      Refs,
    ];
    return { refs: [...low.refs, ...high.refs], gaps: [...low.gaps, depth, ...high.gaps] };
  }

  #page(refs: Refs, before?: Page): Page {
    const page = pageOf(refs);
    this.#enlist({ page, before, splices: undefined });
    return page;
  }

  #enlist(created: NewPage): void {
    const { page } = created;
    page.place = this.#nextRecord();
    let below = 0;
    for (const child of page.children) {
      if (child instanceof Page) below = Math.max(below, child.rank);
    }
    page.rank = below + 1;
    while (this.#pages.length <= below) this.#pages.push([]);
    this.#pages[below]?.push(created);
  }

  #hash(): void {
    hashBuckets(this.#rooted);
    for (const rank of this.#pages) {
      const pages = rank.map(({ page }) => page);
      for (const page of pages) page.takeHashes();
      hashPages(pages);
    }
  }

  #encode(): void {
    for (const created of this.#buckets) {
      const value = encodeBucket(created, this.#height);
      this.#writes.push({ key: kvKey.treeRecord(created.bucket.place), value });
    }
    for (const created of this.#pages.flat()) {
      const value = encodePage(created, this.#height);
      this.#writes.push({ key: kvKey.treeRecord(created.page.place), value });
    }
  }

  #store(value: Uint8Array): number {
    const place = placeOf(this.#height, this.#values.push(value));
    this.#writes.push({ key: kvKey.stateValue(place), value });
    return place;
  }

  #nextRecord(): number {
    return placeOf(this.#height, ++this.#records);
  }
}

function refTo(child: Child): Ref {
  const kind = child instanceof Page ? KIND.PAGE : KIND.BUCKET;
  return { kind, place: child.place, hash: ZERO_HASH, child };
}

/** The page with some references replaced one by one. */
function replaced(before: Page, made: ReadonlyMap<number, Refs>): Page {
  const kinds = before.kinds.slice();
  const places = before.places.slice();
  const children = before.children.slice();
  for (const [at, { refs }] of made) {
    const ref = refs[0];
    invariant(ref !== undefined, 'a subtree is replaced by one');
    kinds[at] = ref.kind;
    places[at] = ref.place;
    children[at] = ref.child;
  }
  return new Page(kinds, places, before.hashes.slice(), before.gaps, children);
}

/** All references of a page, those of `made` in the place of the ones they replace. */
function spliced(before: Page, made: ReadonlyMap<number, Refs>): Refs {
  const refs: Ref[] = [];
  const gaps: number[] = [];
  for (let i = 0; i < before.size; i++) {
    const replacement = made.get(i);
    if (replacement === undefined) refs.push(before.ref(i));
    else {
      refs.push(...replacement.refs);
      gaps.push(...replacement.gaps);
    }
    if (i < before.size - 1) gaps.push(before.gaps[i] as number);
  }
  return { refs, gaps };
}
