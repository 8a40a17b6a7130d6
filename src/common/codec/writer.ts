/**
 * Writes canonical MessagePack, the other side of `reader.ts`: shortest forms only, and nothing but
 * arrays, unsigned integers below 2⁵³, strings, binary, booleans and nil. Everything goes into one
 * buffer, and what is finished is copied out at its size.
 */
import type { Arena } from '../arena.ts';

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;

const TWO_TO_32 = 0x1_0000_0000;
const FIRST_BYTES = 4_096;
/** A larger buffer than this is not kept for the next value. */
const KEPT_BYTES_MAX = 4 * 1024 * 1024;
/** A character has at most three bytes of UTF-8 (a surrogate pair, two characters, has four). */
const UTF8_BYTES_PER_CHARACTER = 3;
/** Up to here characters are copied one by one, which beats a call of TextEncoder. */
const SHORT_TEXT = 64;

const utf8Encoder = new TextEncoder();

export class Writer {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** What was written, in memory of its own; the writer is empty again. */
  take(): Uint8Array {
    const written = this.#bytes.slice(0, this.#at);
    this.reset();
    return written;
  }

  /** The same in memory of `arena`. */
  takeIn(arena: Arena): Uint8Array {
    const written = arena.take(this.#at);
    written.set(this.#bytes.subarray(0, this.#at));
    this.reset();
    return written;
  }

  reset(): void {
    this.#at = 0;
    if (this.#bytes.length <= KEPT_BYTES_MAX) return;
    this.#bytes = new Uint8Array(FIRST_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
  }

  nil(): void {
    this.#byte(NIL);
  }

  boolean(value: boolean): void {
    this.#byte(value ? TRUE : FALSE);
  }

  /** A safe integer that is not negative. */
  integer(value: number): void {
    if (value < 0x80) this.#byte(value);
    else if (value < TWO_TO_32) this.#marked(0xcc, value);
    else {
      this.#reserve(9);
      this.#bytes[this.#at] = 0xcf;
      this.#view.setUint32(this.#at + 1, Math.floor(value / TWO_TO_32));
      this.#view.setUint32(this.#at + 5, value % TWO_TO_32);
      this.#at += 9;
    }
  }

  /** Opens an array of so many items, which follow. */
  array(count: number): void {
    if (count < 16) this.#byte(0x90 | count);
    else {
      // There is no form with one byte of number, so marks and widths start with two.
      const wide = count >= 0x1_0000;
      this.#reserve(5);
      this.#bytes[this.#at] = wide ? 0xdd : 0xdc;
      if (wide) this.#view.setUint32(this.#at + 1, count);
      else this.#view.setUint16(this.#at + 1, count);
      this.#at += wide ? 5 : 3;
    }
  }

  binary(value: Uint8Array): void {
    this.#marked(0xc4, value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** Well-formed text. */
  text(value: string): void {
    if (value.length <= SHORT_TEXT && this.#ascii(value)) return;
    const most = value.length * UTF8_BYTES_PER_CHARACTER;
    // Behind the longest head; then moved to where the head really ends.
    this.#reserve(5 + most);
    const { written } = utf8Encoder.encodeInto(value, this.#bytes.subarray(this.#at + 5));
    const from = this.#at + 5;
    this.#textHead(written);
    this.#bytes.copyWithin(this.#at, from, from + written);
    this.#at += written;
  }

  /** Writes text of ASCII; false, and nothing written, where it isn't. */
  #ascii(value: string): boolean {
    const { length } = value;
    this.#reserve(2 + length);
    const start = this.#at;
    this.#textHead(length);
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.#at = start;
        return false;
      }
      this.#bytes[this.#at + i] = code;
    }
    this.#at += length;
    return true;
  }

  #textHead(length: number): void {
    if (length < 32) this.#byte(0xa0 | length);
    else this.#marked(0xd9, length);
  }

  /** A mark for one byte of number, or the next ones for two and four, and the number. */
  #marked(mark: number, value: number): void {
    this.#reserve(5);
    const at = this.#at;
    if (value < 0x100) {
      this.#bytes[at] = mark;
      this.#bytes[at + 1] = value;
      this.#at = at + 2;
    } else if (value < 0x1_0000) {
      this.#bytes[at] = mark + 1;
      this.#view.setUint16(at + 1, value);
      this.#at = at + 3;
    } else {
      this.#bytes[at] = mark + 2;
      this.#view.setUint32(at + 1, value);
      this.#at = at + 5;
    }
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + count));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
