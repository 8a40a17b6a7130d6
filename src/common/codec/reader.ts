/**
 * Reads canonical MessagePack: exactly the bytes that encoding would reproduce (shortest forms,
 * well-formed UTF-8, nothing but arrays, unsigned integers below 2⁵³, strings, binary, booleans
 * and nil). The schema drives it, so nothing is allocated before its kind and size are known to be
 * allowed. Not msgpackr: its native and its JavaScript string readers disagree (a byte order mark
 * at the start of a long string stays or goes), and nodes that read bytes differently fork.
 */
import { latin1Text } from '#platform';
import type { Lately } from './lately.ts';
import { mismatch, Refusal } from './refusal.ts';

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;

/** The largest high word of an integer up to 2⁵³ − 1. */
const HIGH_WORD_MAX = 0x1f_ffff;
const TWO_TO_32 = 0x1_0000_0000;

/** Up to here text is searched byte by byte for others than ASCII: TextDecoder takes longer. */
const SHORT_TEXT_BYTES = 256;

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #views: boolean;
  #at = 0;

  /**
   * Takes any view of bytes; what it gives out are copies, or else views of the same memory, always
   * plain Uint8Arrays. Views are for bytes that are kept anyway and belong to nobody else.
   */
  constructor(bytes: Uint8Array, views = false) {
    this.#views = views;
    const plain = bytes.constructor === Uint8Array;
    this.#bytes = plain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Refuses anything after the value. */
  end(): void {
    if (this.#at !== this.#bytes.length) this.#refuse('bytes after the end');
  }

  integer(expected: string): number {
    const mark = this.#mark();
    if (mark <= 0x7f) return mark;
    if (mark === 0xcc) return this.#number(1, 0x80);
    if (mark === 0xcd) return this.#number(2, 0x100);
    if (mark === 0xce) return this.#number(4, 0x1_0000);
    if (mark === 0xcf) return this.#wide();
    return this.#unfit(mark, expected);
  }

  boolean(expected: string): boolean {
    const mark = this.#mark();
    if (mark === TRUE) return true;
    return mark === FALSE ? false : this.#unfit(mark, expected);
  }

  /** Consumes a nil if there is one. */
  nil(): boolean {
    if (this.#bytes[this.#at] !== NIL) return false;
    this.#at++;
    return true;
  }

  /** Text of at most `bytesMax` bytes of UTF-8. */
  text(bytesMax: number, expected: string): string {
    const mark = this.#mark();
    const count =
      mark >= 0xa0 && mark <= 0xbf
        ? mark & 31
        : mark === 0xd9
          ? this.#number(1, 32)
          : mark === 0xda
            ? this.#number(2, 0x100)
            : mark === 0xdb
              ? this.#number(4, 0x1_0000)
              : this.#unfit(mark, expected);
    if (count > bytesMax) mismatch(expected);
    const from = this.#take(count);
    return this.#isAscii(from) ? latin1Text(this.#bytes, from, this.#at) : this.#utf8(from);
  }

  /** Binary of at most `max` bytes. */
  binary(max: number, expected: string): Uint8Array {
    const mark = this.#mark();
    const count =
      mark === 0xc4
        ? this.#number(1, 0)
        : mark === 0xc5
          ? this.#number(2, 0x100)
          : mark === 0xc6
            ? this.#number(4, 0x1_0000)
            : this.#unfit(mark, expected);
    if (count > max) mismatch(expected);
    const from = this.#take(count);
    if (this.#views) return this.#bytes.subarray(from, this.#at);
    return this.#bytes.slice(from, this.#at);
  }

  /** Opens an array: the number of its items, which follow. */
  array(expected: string): number {
    const mark = this.#mark();
    if (mark >= 0x90 && mark <= 0x9f) return mark & 15;
    if (mark === 0xdc) return this.#number(2, 16);
    if (mark === 0xdd) return this.#number(4, 0x1_0000);
    return this.#unfit(mark, expected);
  }

  /** The integer that the array here starts with, not consumed. */
  tag(expected: string): number {
    const start = this.#at;
    if (this.array(expected) === 0) mismatch(expected);
    const tag = this.integer(expected);
    this.#at = start;
    return tag;
  }

  /** The value here where it came lately, else what `read` reads, which is kept. */
  recurring<T>(lately: Lately<T>, read: (reader: Reader) => T): T {
    const from = this.#at;
    const known = lately.find(this.#bytes, from);
    if (known !== undefined) {
      this.#at = from + known.encoded.length;
      return known.value;
    }
    const value = read(this);
    lately.keep(this.#bytes, from, value);
    return value;
  }

  #mark(): number {
    const mark = this.#bytes[this.#at];
    if (mark === undefined) return this.#refuse('cut off');
    this.#at++;
    return mark;
  }

  /** Passes over `count` bytes and says where they start. */
  #take(count: number): number {
    const from = this.#at;
    if (count > this.#bytes.length - from) this.#refuse('cut off');
    this.#at = from + count;
    return from;
  }

  /** The integer after a mark; below `least` there is a shorter form. */
  #number(width: 1 | 2 | 4, least: number): number {
    const from = this.#take(width);
    const read = this.#bigEndian(from, width);
    return read < least ? this.#refuse('not the shortest form') : read;
  }

  #bigEndian(from: number, width: number): number {
    let value = 0;
    for (let i = from; i < from + width; i++) value = value * 256 + (this.#bytes[i] as number);
    return value;
  }

  #wide(): number {
    const from = this.#take(8);
    const high = this.#bigEndian(from, 4);
    if (high === 0) this.#refuse('not the shortest form');
    if (high > HIGH_WORD_MAX) this.#refuse('an integer above 2^53 - 1');
    return high * TWO_TO_32 + this.#bigEndian(from + 4, 4);
  }

  /** Whether all bytes from `from` to here are ASCII, as far as it is worth a look. */
  #isAscii(from: number): boolean {
    if (this.#at - from > SHORT_TEXT_BYTES) return false;
    for (let i = from; i < this.#at; i++) if ((this.#bytes[i] as number) > 0x7f) return false;
    return true;
  }

  #utf8(from: number): string {
    try {
      return utf8Decoder.decode(this.#bytes.subarray(from, this.#at));
    } catch {
      return this.#refuse('not UTF-8');
    }
  }

  #unfit(mark: number, expected: string): never {
    if (isUsed(mark)) mismatch(expected);
    return this.#refuse(`type 0x${mark.toString(16)} is not used`);
  }

  #refuse(what: string): never {
    throw new Refusal('CODEC_NOT_CANONICAL', `${what} at byte ${this.#at}`);
  }
}

/** Whether values of ours start with this byte: no maps, floats, extensions, negative integers. */
function isUsed(mark: number): boolean {
  if (mark <= 0x7f || (mark >= 0x90 && mark <= 0xbf)) return true;
  if (mark === NIL || mark === FALSE || mark === TRUE) return true;
  return (
    (mark >= 0xc4 && mark <= 0xc6) ||
    (mark >= 0xcc && mark <= 0xcf) ||
    (mark >= 0xd9 && mark <= 0xdd)
  );
}
