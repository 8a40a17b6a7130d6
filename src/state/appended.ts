/**
 * What a block appended to lists, as one record: for each list, where its last items lie. A record
 * of its own for each list would cost LevelDB more than all of its bytes. A list is named by as
 * many bytes of its key's hash as tell the lists of the block apart; that this block appended to
 * it is known from its head.
 *
 * A byte, the length of names; how many lists (32 bits, big-endian); for each list, in order of
 * names, its name and where its places end (32 bits, counted from the first ones); all places.
 */
import { compareBytes } from '../common/bytes.ts';
import { HASH_BYTES } from '../common/hash.ts';
import { corrupt } from './execution/stored.ts';
import { placeOf } from './tree/place.ts';
import { RecordReader, RecordWriter } from './tree/writer.ts';

/** Where the last items of one list lie. */
export interface AppendedTo {
  /** SHA-256 of the list's key. */
  readonly list: Uint8Array;
  readonly places: readonly number[];
}

const NUMBER_BYTES = 4;
const HEAD_BYTES = 1 + NUMBER_BYTES;

const writer = new RecordWriter();

/** The record of the block `height`. */
export function encodeAppended(height: number, appended: readonly AppendedTo[]): Uint8Array {
  const sorted = appended.toSorted((a, b) => compareBytes(a.list, b.list));
  const length = lengthOfNames(sorted);
  writer.begin(height);
  const ends = sorted.map(({ places }) => {
    for (const place of places) writer.place(place);
    return writer.end().length;
  });
  const places = writer.end();
  const entry = length + NUMBER_BYTES;
  const record = new Uint8Array(HEAD_BYTES + sorted.length * entry + places.length);
  const view = new DataView(record.buffer);
  record[0] = length;
  view.setUint32(1, sorted.length);
  let at = HEAD_BYTES;
  for (const [i, { list }] of sorted.entries()) {
    record.set(list.subarray(0, length), at);
    view.setUint32(at + length, ends[i] as number);
    at += entry;
  }
  record.set(places, at);
  return record;
}

/** The fewest bytes that differ from list to list. */
function lengthOfNames(sorted: readonly AppendedTo[]): number {
  let length = 1;
  for (let i = 1; i < sorted.length; i++) {
    const [a, b] = [sorted[i - 1] as AppendedTo, sorted[i] as AppendedTo];
    while (length < HASH_BYTES && sameStart(a.list, b.list, length)) length++;
  }
  return length;
}

function sameStart(a: Uint8Array, b: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * The places of a list in the record of the block `height`, which appended to it.
 *
 * @throws ZtcError DATABASE_CORRUPT where it doesn't have them
 */
export function placesIn(record: Uint8Array, height: number, list: Uint8Array): number[] {
  const length = record[0] as number;
  const entry = length + NUMBER_BYTES;
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  const count = view.getUint32(1);
  const first = HEAD_BYTES + count * entry;
  const nameAt = (i: number): Uint8Array => {
    const at = HEAD_BYTES + i * entry;
    return record.subarray(at, at + length);
  };
  const endOf = (i: number): number => {
    return first + (i < 0 ? 0 : view.getUint32(HEAD_BYTES + i * entry + length));
  };
  const name = list.subarray(0, length);
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(nameAt(middle), name) < 0) low = middle + 1;
    else high = middle;
  }
  if (low === count || compareBytes(nameAt(low), name) !== 0) {
    throw corrupt(`what block ${height} appended is damaged`);
  }
  const reader = new RecordReader(record.subarray(endOf(low - 1), endOf(low)), placeOf(height, 0));
  return reader.places();
}
