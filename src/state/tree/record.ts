/**
 * How buckets and pages lie in the store: a full record, or what changed since the one before. Each
 * names the record before it, so that whoever finds a full one knows what it made superfluous, and
 * the values that it replaced.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import { corrupt } from '../execution/stored.ts';
import { type BucketStep, STEP } from './merge.ts';
import { Bucket, KIND, type Kind, Page } from './nodes.ts';
import { PAIR_BYTES } from './pairs.ts';
import { NO_PLACE } from './place.ts';
import { RecordReader, RecordWriter } from './writer.ts';

const TYPE = { BUCKET: 1, BUCKET_CHANGES: 2, PAGE: 3, PAGE_CHANGES: 4 } as const;
type RecordType = (typeof TYPE)[keyof typeof TYPE];

/** For the kind of a step. */
const STEP_BITS = 2;

/**
 * More records to a node make fewer bytes and slower reads: a bucket is read where the cache lacks
 * it, a page at old heights and after a start only.
 */
export const BUCKET_RECORDS_MAX = 8;
export const PAGE_RECORDS_MAX = 16;

/** A stored node that a new one takes the place of. */
export interface Before {
  readonly place: number;
  readonly records: number;
}

/** A new bucket and how it came about. */
export interface NewBucket {
  readonly bucket: Bucket;
  /** What it takes the place of. */
  readonly before: Before | undefined;
  /** From `before`; undefined where that was split. */
  readonly steps: readonly BucketStep[] | undefined;
  /** Values that nothing later has. */
  readonly dropped: readonly number[];
}

/** How a page comes from the one before: at each of `slots`, in order, there are so many now. */
export interface Splices {
  readonly slots: readonly number[];
  readonly counts: readonly number[];
}

/** A new page and how it came about. */
export interface NewPage {
  readonly page: Page;
  readonly before: Page | undefined;
  /** From `before`, in order; undefined where that was split. */
  readonly splices: Splices | undefined;
}

const writer = new RecordWriter();

/** The record of a bucket of the block `height`; also counts it among the bucket's records. */
export function encodeBucket(created: NewBucket, height: number): Uint8Array {
  const { bucket, before, steps, dropped } = created;
  const full = steps === undefined || before === undefined || before.records >= BUCKET_RECORDS_MAX;
  bucket.records = full ? 1 : before.records + 1;
  begin(height, full ? TYPE.BUCKET : TYPE.BUCKET_CHANGES, before);
  writer.number(dropped.length);
  for (const place of dropped) writer.place(place);
  if (full) {
    writer.number(bucket.size);
    writer.copy(bucket.bytes, bucket.at, bucket.size * PAIR_BYTES);
    for (let i = 0; i < bucket.size; i++) writer.place(bucket.valuePlace(i));
    return writer.end();
  }
  writer.number(steps.length);
  for (const { type, before: at, index } of steps) {
    writer.number((at << STEP_BITS) | type);
    if (type === STEP.REMOVE) continue;
    const leaf = bucket.at + index * PAIR_BYTES;
    if (type === STEP.INSERT) writer.copy(bucket.bytes, leaf, PAIR_BYTES);
    else writer.copy(bucket.bytes, leaf + HASH_BYTES, HASH_BYTES);
    writer.place(bucket.valuePlace(index));
  }
  return writer.end();
}

/** As `encodeBucket`; the hashes of the references must be in place. */
export function encodePage(created: NewPage, height: number): Uint8Array {
  const { page, before, splices } = created;
  const full = before === undefined || splices === undefined || isFullBetter(page, before, splices);
  page.records = full ? 1 : before.records + 1;
  begin(height, full ? TYPE.PAGE : TYPE.PAGE_CHANGES, before);
  writer.number(0);
  if (full) {
    writer.number(page.size);
    writeRefs(page, 0, page.size);
    return writer.end();
  }
  const { slots, counts } = splices;
  writer.number(slots.length);
  let shift = 0;
  for (let i = 0; i < slots.length; i++) {
    const [at, count] = [slots[i] as number, counts[i] as number];
    writer.number(at);
    writer.number(count);
    writeRefs(page, at + shift, count);
    shift += count - 1;
  }
  return writer.end();
}

function isFullBetter(page: Page, before: Page, { counts }: Splices): boolean {
  if (before.records >= PAGE_RECORDS_MAX) return true;
  let changed = 0;
  for (const count of counts) changed += count;
  return 4 * changed > 3 * page.size;
}

function begin(height: number, type: RecordType, before: Before | undefined): void {
  writer.begin(height);
  writer.byte(type);
  writer.place(before?.place ?? NO_PLACE);
}

/** Each reference, and the depth of the node between it and the next one. */
function writeRefs(page: Page, index: number, count: number): void {
  for (let i = index; i < index + count; i++) {
    const kind = page.kinds[i] as Kind;
    writer.byte(kind);
    if (i + 1 < index + count) writer.byte(page.gaps[i] as number);
    if (kind === KIND.EMPTY) continue;
    writer.copy(page.hashes, i * HASH_BYTES, HASH_BYTES);
    writer.place(page.places[i] as number);
  }
}

/** The part of a record that says what is superfluous once nobody reads earlier heights. */
export interface RecordHeader {
  /** Whether it needs no record before it. */
  readonly isFull: boolean;
  /** Where the record before it lies. */
  readonly before: number;
  /** Values that are replaced or gone. */
  readonly dropped: readonly number[];
}

/** What matters to who prunes, not to who reads. */
export function readHeader(bytes: Uint8Array, place: number): RecordHeader {
  const reader = new RecordReader(bytes, place);
  const type = reader.byte();
  const before = reader.place();
  const dropped: number[] = [];
  for (let count = reader.number(); count > 0; count--) dropped.push(reader.place());
  return { isFull: type === TYPE.BUCKET || type === TYPE.PAGE, before, dropped };
}

/** The bucket whose newest record lies at `place`. */
export function readBucket(place: number, read: (place: number) => Uint8Array): Bucket {
  const [first, ...changes] = recordsOf(place, TYPE.BUCKET, TYPE.BUCKET_CHANGES, read);
  const reader = first as RecordReader;
  const size = reader.number();
  const leaves = reader.bytes(size * PAIR_BYTES);
  const places = Float64Array.from({ length: size }, () => reader.place());
  let bucket = new Bucket(size, leaves, 0, places, 0);
  for (const change of changes) bucket = changedBucket(bucket, change);
  bucket.place = place;
  bucket.records = changes.length + 1;
  return bucket;
}

/** The page whose newest record lies at `place`. */
export function readPage(place: number, read: (place: number) => Uint8Array): Page {
  const [first, ...changes] = recordsOf(place, TYPE.PAGE, TYPE.PAGE_CHANGES, read);
  const reader = first as RecordReader;
  const refs = new RefsBuilder();
  refs.read(reader, reader.number());
  const page = changes.reduce(changedRefs, refs).page();
  page.place = place;
  page.records = changes.length + 1;
  return page;
}

/** The records that make a node, the full one first, each read up to its content. */
function recordsOf(
  place: number,
  full: RecordType,
  changes: RecordType,
  read: (place: number) => Uint8Array,
): RecordReader[] {
  const readers: RecordReader[] = [];
  for (let at = place; at !== NO_PLACE; ) {
    const reader = new RecordReader(read(at), at);
    const type = reader.byte();
    const before = reader.place();
    for (let count = reader.number(); count > 0; count--) reader.place();
    readers.push(reader);
    if (type === full) return readers.reverse();
    if (type !== changes || before >= at) break;
    at = before;
  }
  throw corrupt('a record of the state tree is damaged');
}

function changedBucket(before: Bucket, reader: RecordReader): Bucket {
  const steps = reader.number();
  const bytes = new Uint8Array((before.size + steps) * PAIR_BYTES);
  const places = new Float64Array(before.size + steps);
  let [kept, size] = [0, 0];
  const keep = (to: number): void => {
    if (to > before.size || to < kept) throw corrupt('a record of the state tree is damaged');
    const part = before.leaves.subarray(kept * PAIR_BYTES, to * PAIR_BYTES);
    bytes.set(part, size * PAIR_BYTES);
    for (; kept < to; kept++) places[size++] = before.valuePlace(kept);
  };
  for (let i = 0; i < steps; i++) {
    const step = reader.number();
    const [at, type] = [step >> STEP_BITS, step & ((1 << STEP_BITS) - 1)];
    keep(at);
    if (type !== STEP.INSERT) kept++;
    if (type === STEP.REMOVE) continue;
    bytes.set(type === STEP.INSERT ? reader.bytes(HASH_BYTES) : before.key(at), size * PAIR_BYTES);
    bytes.set(reader.bytes(HASH_BYTES), size * PAIR_BYTES + HASH_BYTES);
    places[size++] = reader.place();
  }
  keep(before.size);
  return new Bucket(size, bytes, 0, places, 0);
}

/** References as they are read, one after the other. */
class RefsBuilder {
  readonly kinds: number[] = [];
  readonly places: number[] = [];
  readonly hashes: (Uint8Array | undefined)[] = [];
  /** After each reference; that of the last one means nothing. */
  readonly gaps: number[] = [];

  read(reader: RecordReader, count: number): void {
    for (let i = 0; i < count; i++) {
      const kind = reader.byte();
      this.kinds.push(kind);
      this.gaps.push(i + 1 < count ? reader.byte() : 0);
      this.hashes.push(kind === KIND.EMPTY ? undefined : reader.bytes(HASH_BYTES));
      this.places.push(kind === KIND.EMPTY ? NO_PLACE : reader.place());
    }
  }

  copy(from: RefsBuilder, start: number, end: number): void {
    for (let i = start; i < end; i++) {
      this.kinds.push(from.kinds[i] as number);
      this.places.push(from.places[i] as number);
      this.hashes.push(from.hashes[i]);
      this.gaps.push(from.gaps[i] as number);
    }
  }

  page(): Page {
    const size = this.kinds.length;
    if (size < 2) throw corrupt('a page of the state tree is damaged');
    const hashes = new Uint8Array(size * HASH_BYTES);
    for (const [i, hash] of this.hashes.entries()) if (hash) hashes.set(hash, i * HASH_BYTES);
    const gaps = Uint8Array.from(this.gaps.slice(0, -1));
    const children = new Array<undefined>(size).fill(undefined);
    return new Page(Uint8Array.from(this.kinds), this.places, hashes, gaps, children);
  }
}

function changedRefs(before: RefsBuilder, reader: RecordReader): RefsBuilder {
  const after = new RefsBuilder();
  let kept = 0;
  for (let count = reader.number(); count > 0; count--) {
    const at = reader.number();
    if (at < kept || at >= before.kinds.length) throw corrupt('a page of the tree is damaged');
    after.copy(before, kept, at);
    after.read(reader, reader.number());
    after.gaps[after.gaps.length - 1] = before.gaps[at] as number;
    kept = at + 1;
  }
  after.copy(before, kept, before.kinds.length);
  return after;
}
