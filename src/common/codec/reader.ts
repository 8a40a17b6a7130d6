/**
 * Reads canonical MessagePack: exactly the bytes that encoding would reproduce (shortest forms,
 * well-formed UTF-8, nothing but arrays, unsigned integers below 2⁵³, strings, binary, booleans
 * and nil). The schema drives it, so nothing is allocated before its kind and size are known to be
 * allowed. Not msgpackr: its native and its JavaScript string readers disagree (a byte order mark
 * at the start of a long string stays or goes), and nodes that read bytes differently fork.
 */
import { mismatch, Refusal } from './refusal.ts';

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;

/** The largest high word of an integer up to 2⁵³ − 1. */
const HIGH_WORD_MAX = 0x1f_ffff;
const TWO_TO_32 = 0x1_0000_0000;

/** Up to here a string is put together byte by byte, which beats a call of TextDecoder. */
const SHORT_TEXT_BYTES = 48;

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #views: boolean;
  #at = 0;

  /**
   * Takes any view of bytes; what it gives out are copies, or else views of the same memory, always
   * plain Uint8Arrays. Views are for bytes that are kept anyway and belong to nobody else.
   */
  constructor(bytes: Uint8Array, views = false) {
    this.#views = views;
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
    return (count <= SHORT_TEXT_BYTES ? this.#ascii(from) : undefined) ?? this.#utf8(from);
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

  /** Passes over a value that was read before, and gives the position after it. */
  skip(): number {
    const mark = this.#mark();
    if (mark >= 0x90 && mark <= 0x9f) return this.#skipItems(mark & 15);
    if (mark >= 0xa0 && mark <= 0xbf) this.#take(mark & 31);
    else if (mark === 0xcc || mark === 0xcd || mark === 0xce || mark === 0xcf) {
      this.#take(1 << (mark - 0xcc));
    } else if (mark === 0xc4 || mark === 0xd9) this.#take(this.#number(1, 0));
    else if (mark === 0xc5 || mark === 0xda) this.#take(this.#number(2, 0));
    else if (mark === 0xc6 || mark === 0xdb) this.#take(this.#number(4, 0));
    else if (mark === 0xdc) return this.#skipItems(this.#number(2, 0));
    else if (mark === 0xdd) return this.#skipItems(this.#number(4, 0));
    return this.#at;
  }

  #skipItems(count: number): number {
    for (let i = 0; i < count; i++) this.skip();
    return this.#at;
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
    const view = this.#view;
    const read =
      width === 1 ? view.getUint8(from) : width === 2 ? view.getUint16(from) : view.getUint32(from);
    return read < least ? this.#refuse('not the shortest form') : read;
  }

  #wide(): number {
    const from = this.#take(8);
    const high = this.#view.getUint32(from);
    if (high === 0) this.#refuse('not the shortest form');
    if (high > HIGH_WORD_MAX) this.#refuse('an integer above 2^53 - 1');
    return high * TWO_TO_32 + this.#view.getUint32(from + 4);
  }

  /** The bytes from `from` to here as text, or undefined where one is not ASCII. */
  #ascii(from: number): string | undefined {
    let text = '';
    for (let i = from; i < this.#at; i++) {
      const byte = this.#bytes[i] as number;
      if (byte > 0x7f) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
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

/**
 * Where the items of a decoded array start, and at last where it ends: lets a hash cover received
 * bytes instead of bytes encoded again.
 */
export function itemOffsets(bytes: Uint8Array): readonly number[] {
  const reader = new Reader(bytes);
  const count = reader.array('an array');
  const offsets = [bytes.length <= 1 || count < 16 ? 1 : count <= 0xffff ? 3 : 5];
  for (let i = 0; i < count; i++) offsets.push(reader.skip());
  return offsets;
}
