/**
 * What a block made superfluous in the store, once no state before it has to be read. A record
 * names the one that it takes the place of, and the values that are gone with it: so nothing has to
 * be searched for, and what is pruned is as much as was written.
 *
 * A chunk isn't written anew for each of its items that dies: which are dead is noted beside it, a
 * bit for each, until that is at least half of its bytes. So what is kept is at most twice what is
 * needed, and all rewriting together at most what was written.
 */
import { kvKey } from '../kv/buckets.ts';
import type { KvStore, KvWrite } from '../kv/kv.ts';
import { itemOf, itemsOf, without } from './chunks.ts';
import { ITEM } from './item-writer.ts';
import { chunkOfPlace, NO_PLACE, SLOTS, slotOfPlace } from './place.ts';
import { readHeader } from './read-record.ts';

/** Notes are four bytes, the first slot's bit lowest. */
const NOTE_BYTES = 4;

/** Collects what is superfluous, to be deleted in one batch. */
export class Superseded {
  readonly #store: KvStore;
  /** By number. */
  readonly #chunks = new Map<number, Uint8Array | undefined>();
  /** By number of the chunk, a bit for each slot. */
  readonly #dead = new Map<number, number>();
  /** How many items were found. */
  size = 0;

  constructor(store: KvStore) {
    this.#store = store;
  }

  /**
   * Adds what the chunk at `place` makes superfluous; false where none lies there, as behind the
   * last one of a block.
   */
  addBy(place: number): boolean {
    const number = chunkOfPlace(place);
    const chunk = this.#chunk(number);
    if (chunk === undefined) return false;
    let at = number * SLOTS;
    for (const item of itemsOf(chunk)) {
      if (item?.kind === ITEM.RECORD) this.#addByRecord(item.bytes, at);
      at++;
    }
    return true;
  }

  /** The deletions, and the notes about what can't be deleted yet. */
  writes(): KvWrite[] {
    return [...this.#dead].flatMap(([number, dead]) => this.#writesOf(number, dead));
  }

  /**
   * A full record takes the place of all that its predecessor is made of; one of changes still
   * needs that.
   */
  #addByRecord(bytes: Uint8Array, place: number): void {
    const { isFull, before, dropped } = readHeader(bytes, place);
    for (const value of dropped) this.#add(value);
    if (!isFull) return;
    for (let at = before; at !== NO_PLACE; ) {
      const chunk = this.#chunk(chunkOfPlace(at));
      const older = chunk && itemOf(chunk, slotOfPlace(at));
      // What lies before a full one went when that was looked at.
      if (older === undefined) break;
      this.#add(at);
      const header = readHeader(older, at);
      at = header.isFull ? NO_PLACE : header.before;
    }
  }

  #add(place: number): void {
    const number = chunkOfPlace(place);
    this.#dead.set(number, (this.#dead.get(number) ?? 0) | (1 << slotOfPlace(place)));
    this.size++;
  }

  #chunk(number: number): Uint8Array | undefined {
    if (!this.#chunks.has(number)) {
      this.#chunks.set(number, this.#store.get(kvKey.treeChunk(number)));
    }
    return this.#chunks.get(number);
  }

  #writesOf(number: number, found: number): KvWrite[] {
    const chunk = this.#chunk(number);
    if (chunk === undefined) return [];
    const [key, noteKey] = [kvKey.treeChunk(number), kvKey.treeDead(number)];
    const note = this.#store.get(noteKey);
    const dead = found | (note === undefined ? 0 : readNote(note));
    const left = without(chunk, dead);
    const noNote = note === undefined ? [] : [{ key: noteKey, value: undefined }];
    if (left === undefined) return [{ key, value: undefined }, ...noNote];
    if (left.length === chunk.length) return []; // values that are kept
    if (2 * left.length > chunk.length) return [{ key: noteKey, value: noteOf(dead) }];
    return [{ key, value: left }, ...noNote];
  }
}

function readNote(note: Uint8Array): number {
  return new DataView(note.buffer, note.byteOffset).getUint32(0);
}

function noteOf(dead: number): Uint8Array {
  const note = new Uint8Array(NOTE_BYTES);
  new DataView(note.buffer).setUint32(0, dead);
  return note;
}
