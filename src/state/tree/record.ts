/**
 * How buckets and pages lie in the store: a full record, or what changed since the one before. Each
 * names the record before it, so that whoever finds a full one knows what it made superfluous, and
 * the values that it replaced. `read-record.ts` reads them.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import type { Chunks } from './chunks.ts';
import type { ItemWriter } from './item-writer.ts';
import { Numbers } from './memory.ts';
import { type Bucket, KIND, type Kind, type Leaves, type Page, type Refs } from './nodes.ts';
import { PAIR_BYTES } from './pairs.ts';
import { NO_PLACE } from './place.ts';

export const TYPE = { BUCKET: 1, BUCKET_CHANGES: 2, PAGE: 3, PAGE_CHANGES: 4 } as const;
export type RecordType = (typeof TYPE)[keyof typeof TYPE];

/** What becomes of a leaf. */
export const STEP = { REMOVE: 0, REPLACE: 1, INSERT: 2 } as const;
/** One difference between two buckets: a leaf of the one before, and above it a `STEP`'s bits. */
export const STEP_BITS = 2;

/**
 * More records to a node make fewer bytes and slower reads. A bucket is read where the cache lacks
 * it, which is most of them in a tree much larger than the cache: each record is a get, and 8
 * instead of 5 save 12 bytes a key and cost 4 µs. A page is read at old heights and after a start.
 */
export const BUCKET_RECORDS_MAX = 5;
export const PAGE_RECORDS_MAX = 16;

/** Each at most: two numbers of up to 2³². */
const PLACE_BYTES = 10;
/** Each at most. */
const NUMBER_BYTES = 5;
const HEADER_BYTES = 1 + PLACE_BYTES + 2 * NUMBER_BYTES;
const REF_BYTES = 2 + HASH_BYTES + PLACE_BYTES;

/** What a stored node was, as far as its successor's record is concerned. */
type Before = Pick<Bucket, 'place' | 'records'> | undefined;

export const NONE = new Numbers();

/** How a bucket came about. */
export interface BucketSteps {
  /** In order of leaves: position in the bucket before · 2^`STEP_BITS` + what becomes of it. */
  readonly steps: Numbers;
  /** Where the values lay that the bucket has no longer. */
  readonly dropped: Numbers;
}

/** How many records a bucket takes that comes of `before` by steps. */
export function bucketRecords(before: Before): number {
  return before === undefined || before.records >= BUCKET_RECORDS_MAX ? 1 : before.records + 1;
}

/** Writes `size` leaves from `at` on as a full record. */
export function writeBucket(
  chunks: Chunks,
  leaves: Leaves,
  at: number,
  size: number,
  before: Before,
  dropped: Numbers,
): number {
  const places = (dropped.count + size) * PLACE_BYTES;
  const writer = chunks.begin(HEADER_BYTES + places + size * PAIR_BYTES);
  writeHeader(writer, TYPE.BUCKET, before, dropped);
  writer.number(size);
  writer.copy(leaves.bytes, at * PAIR_BYTES, size * PAIR_BYTES);
  for (let i = at; i < at + size; i++) writer.place(leaves.places[i] as number);
  return chunks.end();
}

/** Writes what became of the bucket before, by steps that made the leaves from `at` on. */
export function writeBucketChanges(
  chunks: Chunks,
  leaves: Leaves,
  at: number,
  before: Before,
  { steps, dropped }: BucketSteps,
): number {
  const size = steps.count * (NUMBER_BYTES + PAIR_BYTES + PLACE_BYTES);
  const writer = chunks.begin(HEADER_BYTES + dropped.count * PLACE_BYTES + size);
  writeHeader(writer, TYPE.BUCKET_CHANGES, before, dropped);
  writer.number(steps.count);
  // Where the leaf of the next step is now, less where it was.
  let shift = at;
  for (let i = 0; i < steps.count; i++) {
    const step = steps.at(i);
    writer.number(step);
    const leaf = (step >> STEP_BITS) + shift;
    const type = step & ((1 << STEP_BITS) - 1);
    if (type === STEP.REMOVE) {
      shift--;
      continue;
    }
    if (type === STEP.INSERT) {
      writer.copy(leaves.bytes, leaf * PAIR_BYTES, PAIR_BYTES);
      shift++;
    } else writer.copy(leaves.bytes, leaf * PAIR_BYTES + HASH_BYTES, HASH_BYTES);
    writer.place(leaves.places[leaf] as number);
  }
  return chunks.end();
}

/** Writes the references from `at` on as a full record. */
export function writePage(
  chunks: Chunks,
  refs: Refs,
  at: number,
  size: number,
  before: Before,
): number {
  const writer = chunks.begin(HEADER_BYTES + size * REF_BYTES);
  writeHeader(writer, TYPE.PAGE, before, NONE);
  writer.number(size);
  writeRefs(writer, refs, at, size);
  return chunks.end();
}

/** How a page comes from the one before: at each of `slots`, in order, there are so many now. */
export interface Splices {
  readonly slots: Numbers;
  readonly counts: Numbers;
}

/** Writes the references from `at` on as what became of the page before. */
export function writePageChanges(
  chunks: Chunks,
  refs: Refs,
  at: number,
  before: Before,
  { slots, counts }: Splices,
): number {
  let size = HEADER_BYTES;
  for (let i = 0; i < counts.count; i++) {
    size += 2 * NUMBER_BYTES + counts.at(i) * REF_BYTES;
  }
  const writer = chunks.begin(size);
  writeHeader(writer, TYPE.PAGE_CHANGES, before, NONE);
  writer.number(slots.count);
  let shift = at;
  for (let i = 0; i < slots.count; i++) {
    const [slot, count] = [slots.at(i), counts.at(i)];
    writer.number(slot);
    writer.number(count);
    writeRefs(writer, refs, slot + shift, count);
    shift += count - 1;
  }
  return chunks.end();
}

/** How many records a page of `size` references takes that comes of `before` by splices. */
export function pageRecords(size: number, before: Page | undefined, { counts }: Splices): number {
  if (before === undefined || before.records >= PAGE_RECORDS_MAX) return 1;
  let changed = 0;
  for (let i = 0; i < counts.count; i++) changed += counts.at(i);
  // Hardly shorter than all of it.
  return 4 * changed > 3 * size ? 1 : before.records + 1;
}

function writeHeader(writer: ItemWriter, type: RecordType, before: Before, dropped: Numbers): void {
  writer.byte(type);
  writer.place(before?.place ?? NO_PLACE);
  writer.number(dropped.count);
  for (let i = 0; i < dropped.count; i++) writer.place(dropped.at(i));
}

/** Each reference, and the depth of the node between it and the next one. */
function writeRefs(writer: ItemWriter, refs: Refs, ref: number, count: number): void {
  for (let i = ref; i < ref + count; i++) {
    const kind = refs.marks[2 * i] as Kind;
    writer.byte(kind);
    if (i + 1 < ref + count) writer.byte(refs.marks[2 * i + 1] as number);
    if (kind === KIND.EMPTY) continue;
    writer.copy(refs.hashes.bytes, 2 * i * HASH_BYTES, HASH_BYTES);
    writer.place(refs.places[i] as number);
  }
}
