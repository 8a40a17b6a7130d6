/**
 * Changing many keys at once, in passes: down from the root to what the changes touch
 * (`touched.ts`); through the buckets, which are made anew and then hashed all together; and up
 * again, level by level, making pages of what has come out below and hashing those of a level
 * together. A record is written as soon as its node is made: it holds the hashes of what is below,
 * not its own.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import type { Arena } from './arena.ts';
import type { Changes } from './changes.ts';
import type { Chunks } from './chunks.ts';
import { hashBuckets, planPage } from './forest.ts';
import { ITEM } from './item-writer.ts';
import { joins } from './joins.ts';
import type { Pending, VersionNodes } from './loader.ts';
import { Numbers } from './memory.ts';
import { BucketMerger } from './merge.ts';
import {
  BUCKET_LEAVES_MAX,
  type Bucket,
  KIND,
  type Kind,
  PAGE_REFS_MAX,
  type Page,
  Refs,
} from './nodes.ts';
import { NO_PLACE } from './place.ts';
import {
  bucketRecords,
  NONE,
  pageRecords,
  type Splices,
  writeBucket,
  writeBucketChanges,
  writePage,
  writePageChanges,
} from './record.ts';
import { Touched } from './touched.ts';

/** A subtree as its parent knows it, or a version its root. */
export interface Ref {
  readonly kind: Kind;
  readonly place: number;
  readonly hash: Uint8Array;
}

type NewParts = Pick<Pending, 'arena' | 'chunks' | 'kept'>;

/** What each update needs for itself; there is one, and its arrays stay. */
const touched = new Touched();
/** The references that take the places of touched subtrees. */
const made = new Refs(0);
/** By number of the new bucket: the depth of its subtree, and its reference in `made`. */
const bucketDepths = new Numbers();
const bucketRefs = new Numbers();
/** By number of the new page, of this level: the node at its top, and its reference. */
const pageTops = new Numbers();
const pageRefs = new Numbers();
/** Of a page that is being made: its new references, and how it comes of the one before. */
const changed = new Numbers();
const splices: Splices = { slots: new Numbers(), counts: new Numbers() };

/** One update. */
export class TreeUpdate {
  readonly #nodes: VersionNodes;
  readonly #changes: Changes;
  readonly #arena: Arena;
  readonly #chunks: Chunks;
  readonly #merger: BucketMerger;
  /** How many references `made` has. */
  #made = 0;

  /**
   * @param nodes of the version that is changed
   * @param parts to be filled with the new nodes, records and values; what is kept lies there
   */
  constructor(nodes: VersionNodes, changes: Changes, { arena, chunks, kept }: NewParts) {
    this.#nodes = nodes;
    this.#changes = changes;
    this.#arena = arena;
    this.#chunks = chunks;
    this.#merger = new BucketMerger(changes, arena, ({ value, item }) => {
      if (item !== undefined) return kept[item] as number;
      return chunks.add(value as Uint8Array, ITEM.VALUE);
    });
  }

  /** The new root; undefined where nothing changes. */
  run({ kind, place }: Ref): Ref | undefined {
    touched.descend(kind, place, this.#nodes, this.#changes);
    this.#makeBuckets();
    hashBuckets(this.#arena, bucketDepths, made, bucketRefs);
    for (let level = touched.levels.count - 2; level >= 0; level--) this.#makePages(level);
    touched.clear();
    return this.#root();
  }

  #makeBuckets(): void {
    bucketDepths.clear();
    bucketRefs.clear();
    for (let item = 0; item < touched.count; item++) {
      if (touched.kind[item] !== KIND.PAGE) this.#makeBucket(item);
    }
  }

  #makeBucket(item: number): void {
    const isEmpty = touched.kind[item] === KIND.EMPTY;
    const before = isEmpty ? undefined : this.#nodes.passingBucket(touched.place[item] as number);
    const [from, to] = [touched.from[item] as number, touched.to[item] as number];
    const size = this.#merger.merge(before, from, to);
    if (size === undefined) return;
    const { leafCount: at, leaves } = this.#arena;
    touched.made[item] = this.#made;
    const depth = touched.depth[item] as number;
    if (size > BUCKET_LEAVES_MAX) {
      this.#divideBucket(at, size, depth, { before, dropped: this.#merger.dropped });
    } else {
      const records = bucketRecords(before);
      const place =
        records > 1
          ? writeBucketChanges(this.#chunks, leaves, at, before, this.#merger)
          : writeBucket(this.#chunks, leaves, at, size, before, this.#merger.dropped);
      this.#addBucket(at, size, depth, records, place, before?.place ?? NO_PLACE);
    }
    touched.madeCount[item] = this.#made - (touched.made[item] as number);
    this.#arena.leafCount += size;
  }

  /** Until no part is too large; the first one takes the place of what was there. */
  #divideBucket(at: number, size: number, depth: number, heir: Heir<Bucket>): void {
    const { leaves } = this.#arena;
    if (size > BUCKET_LEAVES_MAX) {
      let middle = at;
      while (middle < at + size && leaves.keyBit(middle, depth) === 0) middle++;
      this.#divideBucket(at, middle - at, depth + 1, heir);
      made.marks[2 * this.#made - 1] = depth;
      this.#divideBucket(middle, at + size - middle, depth + 1, heir);
    } else if (size === 0) {
      const ref = this.#addRef(KIND.EMPTY, NO_PLACE);
      made.hashes.bytes.fill(0, 2 * ref * HASH_BYTES, (2 * ref + 1) * HASH_BYTES);
    } else {
      const { before, dropped } = heir;
      const place = writeBucket(this.#chunks, leaves, at, size, before, dropped);
      this.#addBucket(at, size, depth, 1, place, before?.place ?? NO_PLACE);
      heir.before = undefined;
      heir.dropped = NONE;
    }
  }

  #addBucket(
    at: number,
    size: number,
    depth: number,
    records: number,
    place: number,
    before: number,
  ): void {
    this.#arena.addBucket(at, size, records, place, before);
    bucketDepths.push(depth);
    bucketRefs.push(this.#addRef(KIND.BUCKET, place));
  }

  /** A reference but for its hash. */
  #addRef(kind: Kind, place: number): number {
    const ref = this.#made++;
    made.reserve(this.#made);
    made.set(ref, kind, place);
    return ref;
  }

  #makePages(level: number): void {
    const [from, to] = [touched.levels.at(level), touched.levels.at(level + 1)];
    for (let item = from; item < to; item++) {
      if (touched.kind[item] === KIND.PAGE) this.#makePage(item);
    }
    this.#hashPages();
  }

  #makePage(item: number): void {
    const before = touched.page(item);
    const size = this.#splice(item, before);
    if (changed.count === 0) return;
    const at = this.#arena.refCount;
    touched.made[item] = this.#made;
    const depth = touched.depth[item] as number;
    if (size > PAGE_REFS_MAX) this.#dividePage(at, size, depth, 0, changed.count, { before });
    else {
      const { refs } = this.#arena;
      const records = pageRecords(size, before, splices);
      const place =
        records > 1
          ? writePageChanges(this.#chunks, refs, at, before, splices)
          : writePage(this.#chunks, refs, at, size, before);
      this.#addPage(at, size, records, place, before.place);
      pageTops.push(planPage(refs, at, at + size, depth, changed, 0, changed.count));
    }
    touched.madeCount[item] = this.#made - (touched.made[item] as number);
    this.#arena.refCount += size;
  }

  /**
   * Puts the references of a page behind those that the arena has, with what was made in the place
   * of what it replaces.
   *
   * @returns how many there are
   */
  #splice(item: number, before: Page): number {
    const { refs, refCount } = this.#arena;
    changed.clear();
    splices.slots.clear();
    splices.counts.clear();
    let room = refCount + before.size;
    for (let i = touched.first[item] as number; i < (touched.end[item] as number); i++) {
      room += touched.madeCount[i] as number;
    }
    refs.reserve(room);
    // Nodes of the one before that are done with, and of the new one.
    let [kept, end] = [2 * before.at, 2 * refCount];
    for (let i = touched.first[item] as number; i < (touched.end[item] as number); i++) {
      const count = touched.madeCount[i] as number;
      if (count === 0) continue;
      const slot = touched.slot[i] as number;
      const to = 2 * (before.at + slot);
      refs.copy(end, before.refs, kept, to - kept);
      end += to - kept;
      refs.copy(end, made, 2 * (touched.made[i] as number), 2 * count - 1);
      for (let ref = end / 2; ref < end / 2 + count; ref++) changed.push(ref);
      splices.slots.push(slot);
      splices.counts.push(count);
      end += 2 * count - 1;
      kept = to + 1;
    }
    if (changed.count === 0) return before.size;
    const last = 2 * (before.at + before.size) - 1;
    refs.copy(end, before.refs, kept, last - kept);
    return (end + last - kept + 1) / 2 - refCount;
  }

  /**
   * Pages of references that were too many for one; a lone one goes up to the page above.
   *
   * @param from which of `changed` are among them: these to before `to`
   */
  #dividePage(
    at: number,
    size: number,
    depth: number,
    from: number,
    to: number,
    heir: { before: Page | undefined },
  ): void {
    const { refs } = this.#arena;
    if (size === 1) {
      made.reserve(this.#made + 1);
      made.copy(2 * this.#made++, refs, 2 * at, 1);
    } else if (size <= PAGE_REFS_MAX) {
      const { before } = heir;
      const place = writePage(this.#chunks, refs, at, size, before);
      this.#addPage(at, size, 1, place, before?.place ?? NO_PLACE);
      pageTops.push(planPage(refs, at, at + size, depth, changed, from, to));
      heir.before = undefined;
    } else {
      const node = refs.innerAt(at, at + size, depth);
      const middle = (node + 1) >> 1;
      let split = from;
      while (split < to && changed.at(split) < middle) split++;
      this.#dividePage(at, middle - at, depth + 1, from, split, heir);
      made.marks[2 * this.#made - 1] = depth;
      this.#dividePage(middle, at + size - middle, depth + 1, split, to, heir);
    }
  }

  #addPage(at: number, size: number, records: number, place: number, before: number): void {
    this.#arena.addPage(at, size, records, place, before);
    pageRefs.push(this.#addRef(KIND.PAGE, place));
  }

  /** Hashes the pages of one level, and tells their references. */
  #hashPages(): void {
    const { hashes } = this.#arena.refs;
    joins.run(hashes);
    for (let i = 0; i < pageTops.count; i++) {
      made.hashes.copy(2 * pageRefs.at(i), hashes, pageTops.at(i), 1);
    }
    pageTops.clear();
    pageRefs.clear();
  }

  /** What took the place of the root, below new pages where that is more than one. */
  #root(): Ref | undefined {
    let [at, count] = [touched.made[0] as number, touched.madeCount[0] as number];
    if (count === 0) return undefined;
    while (count > 1) {
      const { refs, refCount: start } = this.#arena;
      refs.reserve(start + count);
      refs.copy(2 * start, made, 2 * at, 2 * count - 1);
      changed.clear();
      for (let ref = start; ref < start + count; ref++) changed.push(ref);
      at = this.#made;
      this.#dividePage(start, count, 0, 0, count, { before: undefined });
      this.#arena.refCount += count;
      this.#hashPages();
      count = this.#made - at;
    }
    return {
      kind: made.marks[2 * at] as Kind,
      place: made.places[at] as number,
      hash: made.hashes.get(2 * at),
    };
  }
}

/** Whose place the first part of what is divided takes. */
interface Heir<Node> {
  before: Node | undefined;
  dropped: Numbers;
}
