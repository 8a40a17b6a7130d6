/**
 * The scan that makes MessagePack canonical: it accepts exactly the bytes that re-encoding would
 * reproduce, before anything is decoded. Costs less than encoding again, and bounds what a hostile
 * sender can make us allocate.
 */
import { fromUtf8 } from '../bytes.ts';
import { failure, type Result, success } from '../result.ts';

/** Deepest nesting of arrays in any structure of ours, with room; stops stack exhaustion. */
export const CODEC_DEPTH_MAX = 8;

export type ScanCode = 'CODEC_TOO_LARGE' | 'CODEC_NOT_CANONICAL';

/** Below this length a string is looked at byte by byte, which beats a call of TextDecoder. */
const SHORT_TEXT_BYTES = 64;

class NotCanonical extends Error {}

function refuse(what: string, at: number): never {
  throw new NotCanonical(`${what} at byte ${at}`);
}

/** Checks that `bytes` are one canonical value of at most `sizeMax` bytes, and nothing more. */
export function scan(bytes: Uint8Array, sizeMax: number): Result<null, ScanCode> {
  if (bytes.length > sizeMax) {
    return failure('CODEC_TOO_LARGE', `${bytes.length} bytes where ${sizeMax} are allowed`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const end = new Scanner(bytes, view).value(0, 0);
    if (end !== bytes.length) refuse('trailing bytes', end);
    return success(null);
  } catch (error) {
    if (error instanceof NotCanonical) return failure('CODEC_NOT_CANONICAL', error.message);
    throw error;
  }
}

/**
 * Where the items of a scanned array start, and at last where it ends: lets a hash cover received
 * bytes instead of bytes encoded again.
 */
export function itemOffsets(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Scanner(bytes, view).offsets();
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
  }

  /** Returns the position after the value that starts at `at`. */
  value(at: number, depth: number): number {
    this.#need(at, 1);
    const mark = this.#bytes[at] as number;
    if (mark <= 0x7f || mark === 0xc0 || mark === 0xc2 || mark === 0xc3) return at + 1;
    if (mark >= 0x90 && mark <= 0x9f) return this.#items(at + 1, mark & 15, depth);
    if (mark >= 0xa0 && mark <= 0xbf) return this.#text(at + 1, mark & 31);
    switch (mark) {
      case 0xcc:
        return this.#integer(at, 1, 0x80);
      case 0xcd:
        return this.#integer(at, 2, 0x100);
      case 0xce:
        return this.#integer(at, 4, 0x1_0000);
      case 0xcf:
        return this.#wide(at);
      case 0xc4:
        return this.#skip(at + 2, this.#length(at, 1, 0));
      case 0xc5:
        return this.#skip(at + 3, this.#length(at, 2, 0x100));
      case 0xc6:
        return this.#skip(at + 5, this.#length(at, 4, 0x1_0000));
      case 0xd9:
        return this.#text(at + 2, this.#length(at, 1, 32));
      case 0xda:
        return this.#text(at + 3, this.#length(at, 2, 0x100));
      case 0xdb:
        return this.#text(at + 5, this.#length(at, 4, 0x1_0000));
      case 0xdc:
        return this.#items(at + 3, this.#length(at, 2, 16), depth);
      case 0xdd:
        return this.#items(at + 5, this.#length(at, 4, 0x1_0000), depth);
      default:
        return refuse(`type 0x${mark.toString(16)} is not used`, at);
    }
  }

  /** Offsets of the items of the short array at the start. */
  offsets(): readonly number[] {
    const count = (this.#bytes[0] as number) & 15;
    const offsets = [1];
    for (let i = 0; i < count; i++) offsets.push(this.value(offsets[i] as number, 1));
    return offsets;
  }

  #need(at: number, count: number): void {
    if (count > this.#bytes.length - at) refuse('truncated', at);
  }

  #skip(at: number, count: number): number {
    this.#need(at, count);
    return at + count;
  }

  /** Reads the unsigned integer after the mark at `at`; below `least` a shorter form exists. */
  #length(at: number, width: 1 | 2 | 4, least: number): number {
    this.#need(at + 1, width);
    const view = this.#view;
    const from = at + 1;
    const read =
      width === 1 ? view.getUint8(from) : width === 2 ? view.getUint16(from) : view.getUint32(from);
    if (read < least) refuse('not the shortest form', at);
    return read;
  }

  #integer(at: number, width: 1 | 2 | 4, least: number): number {
    this.#length(at, width, least);
    return at + 1 + width;
  }

  #wide(at: number): number {
    this.#need(at + 1, 8);
    const high = this.#view.getUint32(at + 1);
    if (high === 0) refuse('not the shortest form', at);
    if (high > 0x1f_ffff) refuse('integer above 2^53 - 1', at);
    return at + 9;
  }

  #items(at: number, count: number, depth: number): number {
    if (depth >= CODEC_DEPTH_MAX) refuse('nested too deep', at);
    this.#need(at, count); // each item takes at least one byte
    let next = at;
    for (let i = 0; i < count; i++) next = this.value(next, depth + 1);
    return next;
  }

  #text(at: number, count: number): number {
    const end = this.#skip(at, count);
    if (count < SHORT_TEXT_BYTES && this.#isAscii(at, end)) return end;
    if (fromUtf8(this.#bytes.subarray(at, end)) === undefined) refuse('not UTF-8', at);
    return end;
  }

  #isAscii(from: number, to: number): boolean {
    for (let i = from; i < to; i++) if ((this.#bytes[i] as number) > 0x7f) return false;
    return true;
  }
}
