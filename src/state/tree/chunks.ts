/**
 * What a block writes of the state lies in chunks: values and records of the tree one behind the
 * other, each with its kind and length. A put costs LevelDB more than the bytes of a record; and
 * since chunks of later blocks have higher keys, what was written is hardly ever merged again.
 */
import { corrupt } from '../execution/stored.ts';
import { kvKey } from '../kv/buckets.ts';
import type { KvStore, KvWrite } from '../kv/kv.ts';
import { ITEM, type ItemKind, ItemWriter, KINDS } from './item-writer.ts';
import { chunkOfPlace, firstPlaceOf, NO_PLACE, SLOTS, slotOfPlace } from './place.ts';

export interface Item {
  readonly kind: ItemKind;
  readonly bytes: Uint8Array;
}

/** The chunks of one block while it is executed, and until they are stored. */
export class Chunks {
  readonly #firstPlace: number;
  readonly #writer: ItemWriter;
  /** Of the record that is being written. */
  #begun = NO_PLACE;

  constructor(height: number) {
    this.#firstPlace = firstPlaceOf(height);
    this.#writer = new ItemWriter(height);
  }

  /** Gives a value, or what is kept, its place. */
  add(value: Uint8Array, kind: ItemKind): number {
    const place = this.#next();
    this.#writer.add(value, kind);
    return place;
  }

  /** A record of at most `bytesMax`; it is to be written, and then `end` gives it its place. */
  begin(bytesMax: number): ItemWriter {
    this.#begun = this.#next();
    this.#writer.begin(bytesMax);
    return this.#writer;
  }

  end(): number {
    this.#writer.end(ITEM.RECORD);
    return this.#begun;
  }

  /** What comes next begins a new chunk. */
  divide(): void {
    if (this.#writer.slots > 0) this.#writer.finish();
  }

  /** What lies at a place of this block; undefined where nothing does. */
  get(place: number): Uint8Array | undefined {
    const { done, current } = this.#writer;
    const at = chunkOfPlace(place) - chunkOfPlace(this.#firstPlace);
    const chunk = at === done.length ? current : done[at];
    return chunk && itemOf(chunk, slotOfPlace(place));
  }

  writes(): KvWrite[] {
    this.divide();
    const first = chunkOfPlace(this.#firstPlace);
    return this.#writer.done.map((value, i) => ({ key: kvKey.treeChunk(first + i), value }));
  }

  /** Where the next item goes. */
  #next(): number {
    const writer = this.#writer;
    if (writer.isFull) writer.finish();
    return this.#firstPlace + writer.done.length * SLOTS + writer.slots;
  }
}

/** The items of a chunk by slot. */
export function* itemsOf(chunk: Uint8Array): Generator<Item | undefined> {
  const reader = new ChunkReader(chunk);
  while (!reader.isAtEnd) {
    const kind = reader.next();
    yield kind === undefined ? undefined : { kind, bytes: reader.item };
  }
}

/**
 * A chunk without the items in `dead`, a bit for each slot, but for those that are kept; undefined
 * where nothing is left.
 */
export function without(chunk: Uint8Array, dead: number): Uint8Array | undefined {
  const writer = new ItemWriter();
  let [slot, left] = [0, 0];
  for (const item of itemsOf(chunk)) {
    const isDead = ((dead >>> slot) & 1) === 1 && item?.kind !== ITEM.KEPT;
    const isLeft = item !== undefined && !isDead;
    if (isLeft) writer.add(item.bytes, item.kind);
    else writer.skip();
    if (isLeft) left++;
    slot++;
  }
  return left === 0 ? undefined : writer.current;
}

/** What lies at a place in the store; `ZtcError` DATABASE_CORRUPT where nothing does. */
export function storedItem(store: KvStore, place: number): Uint8Array {
  const chunk = place === NO_PLACE ? undefined : store.get(kvKey.treeChunk(chunkOfPlace(place)));
  const item = chunk && itemOf(chunk, slotOfPlace(place));
  if (item === undefined) throw corrupt('a part of the state is missing');
  return item;
}

/** The item in a slot of a chunk; undefined where there is none. */
export function itemOf(chunk: Uint8Array, slot: number): Uint8Array | undefined {
  const reader = new ChunkReader(chunk);
  for (let i = 0; i < slot && !reader.isAtEnd; i++) reader.next();
  return reader.isAtEnd || reader.next() === undefined ? undefined : reader.item;
}

/** Goes from item to item; `ZtcError` DATABASE_CORRUPT where one is cut off. */
class ChunkReader {
  readonly #chunk: Uint8Array;
  #from = 0;
  #end = 0;

  constructor(chunk: Uint8Array) {
    this.#chunk = chunk;
  }

  get isAtEnd(): boolean {
    return this.#end === this.#chunk.length;
  }

  /** Of the slot that `next` came to. */
  get item(): Uint8Array {
    return this.#chunk.subarray(this.#from, this.#end);
  }

  /** Goes on to the next slot; undefined where it is empty. */
  next(): ItemKind | undefined {
    let [head, scale, at] = [0, 1, this.#end];
    for (let byte = 0x80; byte >= 0x80; scale *= 0x80) {
      byte = this.#chunk[at++] ?? 0;
      head += (byte % 0x80) * scale;
    }
    const rest = Math.max(0, head - 1);
    this.#from = at;
    this.#end = at + Math.floor(rest / KINDS);
    if (this.#end > this.#chunk.length) throw corrupt('a part of the state is cut off');
    return head === 0 ? undefined : ((rest % KINDS) as ItemKind);
  }
}
