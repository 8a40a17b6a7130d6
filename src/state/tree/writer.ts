/** Numbers and places in the records of the tree: small ones take a byte. */
import { corrupt } from '../execution/stored.ts';
import { heightOfPlace, NO_PLACE, numberOfPlace, placeOf } from './place.ts';

/** Larger than most records; grows for those that aren't. */
const RECORD_BYTES = 4_096;
const SHORT_BYTES = 64;

/** Writes one record after the other, each over the one before. */
export class RecordWriter {
  #bytes = new Uint8Array(RECORD_BYTES);
  #end = 0;
  #height = 0;

  /** Begins a record of the block `height`. */
  begin(height: number): void {
    this.#end = 0;
    this.#height = height;
  }

  byte(value: number): void {
    if (this.#end === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#end++] = value;
  }

  /** LEB128. */
  number(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** How many blocks before this record's, and the number there. */
  place(place: number): void {
    const number = numberOfPlace(place);
    this.number(place === NO_PLACE ? 0 : this.#height - heightOfPlace(place));
    this.number(number);
  }

  bytes(source: Uint8Array): void {
    this.copy(source, 0, source.length);
  }

  copy(source: Uint8Array, from: number, length: number): void {
    this.#reserve(length);
    if (length > SHORT_BYTES) this.#bytes.set(source.subarray(from, from + length), this.#end);
    else {
      for (let i = 0; i < length; i++) this.#bytes[this.#end + i] = source[from + i] as number;
    }
    this.#end += length;
  }

  /** The record, good until the next one begins. */
  end(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#end + more));
    larger.set(this.end());
    this.#bytes = larger;
  }
}

/** Reads a record; `ZtcError` DATABASE_CORRUPT where it ends too early. */
export class RecordReader {
  readonly #bytes: Uint8Array;
  readonly #height: number;
  #at = 0;

  /** @param place where the record lies */
  constructor(bytes: Uint8Array, place: number) {
    this.#bytes = bytes;
    this.#height = heightOfPlace(place);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw corrupt('a record of the state tree is cut off');
    return byte;
  }

  number(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.byte();
      value += (byte % 0x80) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  place(): number {
    const [back, number] = [this.number(), this.number()];
    if (number === 0) return NO_PLACE;
    if (back > this.#height) throw corrupt('a record of the state tree is damaged');
    return placeOf(this.#height - back, number);
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw corrupt('a record of the state tree is cut off');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}
