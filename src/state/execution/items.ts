/**
 * What a block keeps for each item and each key, in flat arrays: where its bytes lie. A view for
 * each would outlive the garbage collector's young generation, and be moved twice before it goes.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import { keyHash } from '../../ledger/merkle/sparse.ts';

/** Byte strings by number; an array of them is one. */
export interface Items {
  readonly length: number;
  at(index: number): Uint8Array | undefined;
}

/** Items that lie where somebody wrote them. */
export class ItemList implements Items {
  length = 0;
  readonly #buffers: ArrayBufferLike[] = [];
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];
  /** What was added last, which may come again. */
  #last: Uint8Array | undefined;

  /** The number of an item; the array that was added last keeps its own. */
  add(item: Uint8Array): number {
    if (this.#last === item) return this.length - 1;
    this.#last = item;
    this.#buffers[this.length] = item.buffer;
    this.#offsets[this.length] = item.byteOffset;
    this.#lengths[this.length] = item.length;
    return this.length++;
  }

  /** Whether this array was added last, so that it has a number. */
  isLast(item: Uint8Array): boolean {
    return this.#last === item;
  }

  at(index: number): Uint8Array {
    const length = this.#lengths[index] as number;
    return new Uint8Array(this.#buffers[index] as ArrayBufferLike, this.#offsets[index], length);
  }

  /** Takes back all from number `length` on. */
  cut(length: number): void {
    if (length === this.length) return;
    this.length = length;
    this.#last = undefined;
  }
}

/** So many keys have room at first. */
const KEYS_FIRST = 32;

/** The hashes of keys, in order. */
export class KeyHashes {
  #bytes = new Uint8Array(KEYS_FIRST * HASH_BYTES);
  #count = 0;

  /** The number of a key. */
  add(key: string): number {
    const end = HASH_BYTES * (this.#count + 1);
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    keyHash(key, this.#bytes, end - HASH_BYTES);
    return this.#count++;
  }

  at(index: number): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, HASH_BYTES * index, HASH_BYTES);
  }
}
