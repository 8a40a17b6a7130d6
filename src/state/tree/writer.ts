/** Numbers and places in the records of the tree: small ones take a byte. */
import { corrupt } from '../execution/stored.ts';
import { copyBytes, enlarged } from './memory.ts';
import { heightOfPlace, NO_PLACE, numberOfPlace, placeOf } from './place.ts';

/** Of safe integers: 53 bits in sevens. */
const NUMBER_BYTES_MAX = 8;

/** Writes where there is room; to see to that is up to who writes. */
export class NumberWriter {
  protected target = new Uint8Array(0);
  protected at = 0;
  /** Of the block that writes. */
  protected height = 0;

  byte(value: number): void {
    this.target[this.at++] = value;
  }

  /** LEB128. */
  number(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.target[this.at++] = (rest % 0x80) + 0x80;
    }
    this.target[this.at++] = rest;
  }

  /** How many blocks before this one, and the number there. */
  place(place: number): void {
    this.number(place === NO_PLACE ? 0 : this.height - heightOfPlace(place));
    this.number(numberOfPlace(place));
  }

  copy(source: Uint8Array, from: number, length: number): void {
    copyBytes(this.target, this.at, source, from, length);
    this.at += length;
  }
}

/** Writes one record after the other, each over the one before, and makes room itself. */
export class RecordWriter extends NumberWriter {
  /** Begins a record of the block `height`. */
  begin(height: number): void {
    this.at = 0;
    this.height = height;
  }

  override number(value: number): void {
    this.target = enlarged(this.target, this.at + NUMBER_BYTES_MAX);
    super.number(value);
  }

  get length(): number {
    return this.at;
  }

  /** The record, good until the next one begins. */
  end(): Uint8Array {
    return this.target.subarray(0, this.at);
  }
}

/** Reads a record; `ZtcError` DATABASE_CORRUPT where it ends too early. */
export class RecordReader {
  readonly source: Uint8Array;
  readonly #height: number;
  #at = 0;

  /** @param place where the record lies */
  constructor(bytes: Uint8Array, place: number) {
    this.source = bytes;
    this.#height = heightOfPlace(place);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.source.length;
  }

  byte(): number {
    const byte = this.source[this.#at++];
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

  /** A number of things of a byte or more that follow. */
  count(): number {
    const count = this.number();
    if (count > this.source.length - this.#at) {
      throw corrupt('a record of the state tree is cut off');
    }
    return count;
  }

  place(): number {
    const [back, number] = [this.number(), this.number()];
    if (number === 0) return NO_PLACE;
    if (back > this.#height) throw corrupt('a record of the state tree is damaged');
    return placeOf(this.#height - back, number);
  }

  /** All places from here to the end. */
  places(): number[] {
    const places: number[] = [];
    while (!this.isAtEnd) places.push(this.place());
    return places;
  }

  /** Goes over `length` bytes, and says where they are in `source`. */
  skip(length: number): number {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.source.length) throw corrupt('a record of the state tree is cut off');
    return from;
  }
}
