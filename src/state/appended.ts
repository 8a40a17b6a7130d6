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
import { HashOrder } from './tree/hash-order.ts';
import { copyBytes, enlarged } from './tree/memory.ts';
import { placeOf } from './tree/place.ts';
import { RecordReader, RecordWriter } from './tree/writer.ts';

const NUMBER_BYTES = 4;
const HEAD_BYTES = 1 + NUMBER_BYTES;

/** Writes one record after the other: its arrays stay. */
export class AppendedRecord {
  /** How many lists there are so far. */
  count = 0;
  /** SHA-256 of their keys. */
  #hashes = new Uint8Array(0);
  /** Where the places of each end, all in the order in which they came. */
  #ends = new Int32Array(0);
  readonly #places = new RecordWriter();
  readonly #sorting = new HashOrder();

  /** Begins the record of the block `height`. */
  begin(height: number): void {
    this.count = 0;
    this.#places.begin(height);
  }

  /**
   * A list, once, and where its last items lie.
   *
   * @param hashes has the hash of the list's key at `at`
   */
  add(hashes: Uint8Array, at: number, places: readonly number[]): void {
    const to = this.count++ * HASH_BYTES;
    this.#hashes = enlarged(this.#hashes, to + HASH_BYTES);
    copyBytes(this.#hashes, to, hashes, at, HASH_BYTES);
    for (const place of places) this.#places.place(place);
    this.#ends = enlarged(this.#ends, this.count);
    this.#ends[this.count - 1] = this.#places.length;
  }

  end(): Uint8Array {
    const order = this.#sorting.of(this.#hashes, this.count);
    const name = this.#nameBytes(order);
    const entry = name + NUMBER_BYTES;
    const places = this.#places.end();
    const first = HEAD_BYTES + this.count * entry;
    const record = new Uint8Array(first + places.length);
    const view = new DataView(record.buffer);
    record[0] = name;
    view.setUint32(1, this.count);
    let end = 0;
    for (let i = 0; i < this.count; i++) {
      const list = order[i] as number;
      const at = HEAD_BYTES + i * entry;
      copyBytes(record, at, this.#hashes, list * HASH_BYTES, name);
      const from = list === 0 ? 0 : (this.#ends[list - 1] as number);
      const length = (this.#ends[list] as number) - from;
      copyBytes(record, first + end, places, from, length);
      end += length;
      view.setUint32(at + name, end);
    }
    return record;
  }

  /** The fewest bytes by which hashes in this order differ. */
  #nameBytes(order: Float64Array): number {
    let length = 1;
    for (let i = 1; i < this.count; i++) {
      const [a, b] = [order[i - 1] as number, order[i] as number];
      while (length < HASH_BYTES && this.#shares(a * HASH_BYTES, b * HASH_BYTES, length)) length++;
    }
    return length;
  }

  #shares(a: number, b: number, length: number): boolean {
    for (let i = 0; i < length; i++) if (this.#hashes[a + i] !== this.#hashes[b + i]) return false;
    return true;
  }
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
