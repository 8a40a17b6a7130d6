/**
 * What a block writes of the state lies in chunks: values and records of the tree one behind the
 * other, each with its length. A put costs LevelDB more than the bytes of a record; and since chunks
 * of later blocks have higher keys, what was written once is hardly ever merged again.
 */
import { corrupt } from '../execution/stored.ts';
import { kvKey } from '../kv/buckets.ts';
import type { KvStore, KvWrite } from '../kv/kv.ts';
import { chunkOfPlace, NO_PLACE, placeOf, SLOTS, slotOfPlace } from './place.ts';

/**
 * A chunk with more bytes gets no more items: about a block of LevelDB's tables, which is read as a
 * whole anyway.
 */
const CHUNK_BYTES = 4_096;
/** Chunks are windows into arrays of this size, since an array of its own costs more than it. */
const ARRAY_BYTES = 65_536;
/** Of a length: LEB128 of a number below 2³². */
const LENGTH_BYTES_MAX = 5;

/** The chunks of one block while it is executed, and until they are stored. */
export class Chunks {
  readonly #height: number;
  /** Those that are full. */
  readonly #done: Uint8Array[] = [];
  #bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #slot = 0;

  constructor(height: number) {
    this.#height = height;
  }

  /** Gives a value or record its place. */
  add(item: Uint8Array): number {
    if (this.#slot === SLOTS || this.#end - this.#start >= CHUNK_BYTES) this.#finish();
    this.#reserve(LENGTH_BYTES_MAX + item.length);
    let rest = item.length + 1;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.#end++] = (rest % 0x80) + 0x80;
    }
    this.#bytes[this.#end++] = rest;
    this.#bytes.set(item, this.#end);
    this.#end += item.length;
    return placeOf(this.#height, this.#first + this.#slot++);
  }

  /** What lies at a place of this block; undefined where nothing does. */
  get(place: number): Uint8Array | undefined {
    const at = chunkOfPlace(place - this.#base) - 1;
    const chunk = at === this.#done.length ? this.#current : this.#done[at];
    return chunk && itemOf(chunk, slotOfPlace(place));
  }

  writes(): KvWrite[] {
    if (this.#slot > 0) this.#finish();
    return this.#done.map((value, i) => ({
      key: kvKey.treeChunk(chunkOfPlace(this.#base) + i + 1),
      value,
    }));
  }

  get #base(): number {
    return placeOf(this.#height, 0);
  }

  /** The number of the first item of the current chunk; none is 0, which stands for no place. */
  get #first(): number {
    return (this.#done.length + 1) * SLOTS;
  }

  get #current(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  #finish(): void {
    this.#done.push(this.#current);
    this.#start = this.#end;
    this.#slot = 0;
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const begun = this.#current;
    this.#bytes = new Uint8Array(Math.max(ARRAY_BYTES, begun.length + more));
    this.#bytes.set(begun);
    [this.#start, this.#end] = [0, begun.length];
  }
}

/** The item in a slot of a chunk; undefined where there is none. */
export function itemOf(chunk: Uint8Array, slot: number): Uint8Array | undefined {
  let at = 0;
  for (let left = slot; at < chunk.length; left--) {
    let [length, scale] = [-1, 1];
    for (;;) {
      const byte = chunk[at++] ?? 0;
      length += (byte % 0x80) * scale;
      if (byte < 0x80) break;
      scale *= 0x80;
    }
    if (left > 0) at += Math.max(0, length);
    else
      return length < 0 || at + length > chunk.length ? undefined : chunk.subarray(at, at + length);
  }
  return undefined;
}

/** What lies at a place in the store; `ZtcError` DATABASE_CORRUPT where nothing does. */
export function storedItem(store: KvStore, place: number): Uint8Array {
  const chunk = place === NO_PLACE ? undefined : store.get(kvKey.treeChunk(chunkOfPlace(place)));
  const item = chunk && itemOf(chunk, slotOfPlace(place));
  if (item === undefined) throw corrupt('a part of the state is missing');
  return item;
}
