/**
 * Memory for many small byte strings that live about as long as each other: pieces of a few large
 * arrays. An array of its own, outside of V8's heap, costs more than the bytes in it.
 */

const FIRST_BYTES = 1_024;
const PART_BYTES_MAX = 65_536;
/** Larger pieces are arrays of their own, so that hardly any of a part is left over. */
const PIECE_BYTES_MAX = 8_192;

export class Arena {
  #part = new ArrayBuffer(0);
  #used = 0;

  /** So many zero bytes, the caller's alone; they keep the part that they are of. */
  take(length: number): Uint8Array {
    if (length > PIECE_BYTES_MAX) return new Uint8Array(length);
    if (this.#used + length > this.#part.byteLength) this.#begin(length);
    const piece = new Uint8Array(this.#part, this.#used, length);
    this.#used += length;
    return piece;
  }

  /** Each part is twice the one before, since most blocks need little. */
  #begin(length: number): void {
    const size = Math.max(FIRST_BYTES, Math.min(2 * this.#part.byteLength, PART_BYTES_MAX));
    this.#part = new ArrayBuffer(Math.max(size, length));
    this.#used = 0;
  }
}
