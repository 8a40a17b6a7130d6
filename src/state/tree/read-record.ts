/**
 * Reads what `record.ts` writes. A node is put together in arrays that the next one is put together
 * in again: thousands are read where the cache lacks them.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import { corrupt } from '../execution/stored.ts';
import { planPage } from './forest.ts';
import { joins } from './joins.ts';
import { Numbers } from './memory.ts';
import {
  BUCKET_LEAVES_MAX,
  Bucket,
  KIND,
  type Kind,
  Leaves,
  PAGE_REFS_MAX,
  Page,
  Refs,
} from './nodes.ts';
import { PAIR_BYTES } from './pairs.ts';
import { NO_PLACE } from './place.ts';
import { type RecordType, STEP, STEP_BITS, TYPE } from './record.ts';
import { RecordReader } from './writer.ts';

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

type Read = (place: number) => Uint8Array;

/** What is being read, and what the next change makes of it; then they change places. */
let [leaves, nextLeaves] = [new Leaves(BUCKET_LEAVES_MAX), new Leaves(BUCKET_LEAVES_MAX)];
let [refs, nextRefs] = [new Refs(PAGE_REFS_MAX), new Refs(PAGE_REFS_MAX)];

/** The bucket whose newest record lies at `place`; good until the next one is read. */
export function readBucket(place: number, read: Read): Bucket {
  const records = recordsOf(place, TYPE.BUCKET, TYPE.BUCKET_CHANGES, read);
  const full = records.pop() as RecordReader;
  let size = full.count();
  const from = full.skip(size * PAIR_BYTES);
  leaves.reserve(size);
  leaves.bytes.set(full.source.subarray(from, from + size * PAIR_BYTES));
  for (let i = 0; i < size; i++) leaves.places[i] = full.place();
  for (let i = records.length - 1; i >= 0; i--) {
    size = changeBucket(size, records[i] as RecordReader);
  }
  return new Bucket(leaves, 0, size, place, records.length + 1);
}

/** The page whose newest record lies at `place`; good until the next one is read. */
export function readPage(place: number, read: Read): Page {
  const records = recordsOf(place, TYPE.PAGE, TYPE.PAGE_CHANGES, read);
  const full = records.pop() as RecordReader;
  let size = full.count();
  readRefs(refs, 0, size, full);
  for (let i = records.length - 1; i >= 0; i--) {
    size = changePage(size, records[i] as RecordReader);
  }
  if (size < 2) throw corrupt('a page of the state tree is damaged');
  hashAll(size);
  return new Page(refs, 0, size, place, records.length + 1);
}

/** The records that make a node, the newest first, each read up to its content. */
function recordsOf(place: number, full: RecordType, changes: RecordType, read: Read) {
  const readers: RecordReader[] = [];
  for (let at = place; at !== NO_PLACE; ) {
    const reader = new RecordReader(read(at), at);
    const type = reader.byte();
    const before = reader.place();
    for (let count = reader.number(); count > 0; count--) reader.place();
    readers.push(reader);
    if (type === full) return readers;
    if (type !== changes || before >= at) break;
    at = before;
  }
  throw corrupt('a record of the state tree is damaged');
}

/** @returns how many leaves there are then */
function changeBucket(size: number, reader: RecordReader): number {
  const steps = reader.count();
  nextLeaves.reserve(size + steps);
  let [kept, to] = [0, 0];
  const keep = (end: number): void => {
    if (end > size || end < kept) throw corrupt('a record of the state tree is damaged');
    nextLeaves.copy(to, leaves, kept, end - kept);
    to += end - kept;
    kept = end;
  };
  for (let i = 0; i < steps; i++) {
    const step = reader.number();
    const type = step & ((1 << STEP_BITS) - 1);
    keep(step >> STEP_BITS);
    if (type === STEP.REPLACE) nextLeaves.copyHashes(to, leaves, kept, 1);
    if (type !== STEP.INSERT) kept++;
    if (type === STEP.REMOVE) continue;
    const length = type === STEP.INSERT ? PAIR_BYTES : HASH_BYTES;
    const from = reader.skip(length);
    const at = (to + 1) * PAIR_BYTES - length;
    for (let b = 0; b < length; b++) nextLeaves.bytes[at + b] = reader.source[from + b] as number;
    nextLeaves.places[to++] = reader.place();
  }
  keep(size);
  [leaves, nextLeaves] = [nextLeaves, leaves];
  return to;
}

/** Reads references and the depths between them. */
function readRefs(into: Refs, ref: number, count: number, reader: RecordReader): void {
  into.reserve(ref + count);
  const { bytes } = into.hashes;
  for (let i = ref; i < ref + count; i++) {
    const kind = reader.byte() as Kind;
    if (i + 1 < ref + count) into.marks[2 * i + 1] = reader.byte();
    const at = 2 * i * HASH_BYTES;
    if (kind === KIND.EMPTY) {
      bytes.fill(0, at, at + HASH_BYTES);
      into.set(i, kind, NO_PLACE);
      continue;
    }
    const from = reader.skip(HASH_BYTES);
    for (let b = 0; b < HASH_BYTES; b++) bytes[at + b] = reader.source[from + b] as number;
    into.set(i, kind, reader.place());
  }
}

/** @returns how many references there are then */
function changePage(size: number, reader: RecordReader): number {
  let [kept, to] = [0, 0];
  const keep = (end: number): void => {
    nextRefs.reserve(to + end - kept);
    nextRefs.copy(2 * to, refs, 2 * kept, 2 * (end - kept));
    to += end - kept;
    kept = end;
  };
  for (let splices = reader.number(); splices > 0; splices--) {
    const at = reader.number();
    if (at < kept || at >= size) throw corrupt('a page of the state tree is damaged');
    keep(at);
    const count = reader.count();
    if (count === 0) throw corrupt('a page of the state tree is damaged');
    readRefs(nextRefs, to, count, reader);
    to += count;
    // What stood behind the reference stands behind the last one that took its place.
    nextRefs.marks[2 * to - 1] = refs.marks[2 * at + 1] as number;
    kept++;
  }
  keep(size);
  [refs, nextRefs] = [nextRefs, refs];
  return to;
}

const changed = new Numbers();

/** Hashes the inner nodes, which have no place in records. */
function hashAll(size: number): void {
  changed.clear();
  for (let i = 0; i < size; i++) changed.push(i);
  let top = 0xff;
  for (let i = 0; i < size - 1; i++) top = Math.min(top, refs.marks[2 * i + 1] as number);
  planPage(refs, 0, size, top, changed, 0, size);
  joins.run(refs.hashes);
}
