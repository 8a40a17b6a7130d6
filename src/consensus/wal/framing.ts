/**
 * The bytes of the log: a header of magic and salt, then one frame a write. A frame is a mark, the
 * length of its body (u32), a checksum of that length and its place (u32), a checksum of the body
 * (u32), the body, XORed with the salt again and again, and a mark. The body is records, each after
 * its length. Integers are big-endian.
 *
 * A crash leaves at most the last write incomplete: cut off, or of full length with sectors that
 * were never written, which are zeros. Everything else that does not check is damage. Marks and
 * mask see to it that no sector of a whole frame is zeros, whatever others put into blocks, so that
 * damage to the last write isn't taken for a crash; and nothing in it looks like a frame.
 */
import { crc32 } from 'node:zlib';
import { compareBytes, concat, utf8 } from '../../common/bytes.ts';
import { failure, type Result, success } from '../../common/result.ts';

const MAGIC = utf8('ztc.wal2');
export const SALT_BYTES = 8;
const HEADER_BYTES = MAGIC.length + SALT_BYTES;
const U32_BYTES = 4;
/** Of a frame: its first byte and its last one. */
const MARK = 0xff;
const MARK_BYTES = 1;
/** What comes before the body. */
const HEAD_BYTES = MARK_BYTES + 3 * U32_BYTES;
const FRAME_BYTES = HEAD_BYTES + MARK_BYTES;
/** The smallest unit that a disk writes whole. */
const SECTOR_BYTES = 512;

export function fileHeader(salt: Uint8Array): Uint8Array {
  return concat(MAGIC, salt);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(U32_BYTES);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function placeChecksum(salt: Uint8Array, at: number, length: number): number {
  return crc32(concat(salt, u32(Math.floor(at / 2 ** 32)), u32(at >>> 0), u32(length)));
}

/** One write of `records` at file position `at`. */
export function frame(salt: Uint8Array, at: number, records: readonly Uint8Array[]): Uint8Array {
  const body = concat(...records.flatMap((record) => [u32(record.length), record]));
  const place = placeChecksum(salt, at, body.length);
  const mark = Uint8Array.of(MARK);
  const checksum = u32(crc32(body, crc32(salt)));
  return concat(mark, u32(body.length), u32(place), checksum, masked(body, salt), mark);
}

/** With the mask on, or off again. */
function masked(body: Uint8Array, salt: Uint8Array): Uint8Array {
  const result = new Uint8Array(body.length);
  for (let i = 0; i < body.length; i++) {
    result[i] = (body[i] as number) ^ (salt[i % SALT_BYTES] as number);
  }
  return result;
}

export interface Scan {
  readonly salt: Uint8Array;
  readonly records: readonly Uint8Array[];
  /** Where the last whole write starts: alone it may not have been acknowledged. */
  readonly last: number;
  /** Where the last whole write ends: what follows is torn. */
  readonly end: number;
}

/** Reads a whole file. */
export function scanFile(bytes: Uint8Array): Result<Scan, 'WAL_DAMAGED'> {
  if (compareBytes(bytes.subarray(0, MAGIC.length), MAGIC) !== 0 || bytes.length < HEADER_BYTES) {
    return failure('WAL_DAMAGED', 'it does not start like a log of this version');
  }
  const salt = bytes.slice(MAGIC.length, HEADER_BYTES);
  const records: Uint8Array[] = [];
  let at = HEADER_BYTES;
  let last = at;
  while (at < bytes.length) {
    const length = lengthAt(bytes, salt, at);
    const end = length === undefined ? bytes.length + 1 : at + FRAME_BYTES + length;
    if (end > bytes.length) break;
    const body = masked(bytes.subarray(at + HEAD_BYTES, end - MARK_BYTES), salt);
    if (crc32(body, crc32(salt)) !== readU32(bytes, at + MARK_BYTES + 2 * U32_BYTES)) break;
    if (bytes[end - MARK_BYTES] !== MARK) break;
    if (!split(body, records)) return failure('WAL_DAMAGED', `the write at byte ${at} is no write`);
    last = at;
    at = end;
  }
  return isTorn(bytes, salt, at)
    ? success({ salt, records, last, end: at })
    : failure('WAL_DAMAGED', `the write at byte ${at} of ${bytes.length} does not check`);
}

function readU32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, U32_BYTES).getUint32(0);
}

/** The body's length of the frame at `at`; undefined where no frame starts. */
function lengthAt(bytes: Uint8Array, salt: Uint8Array, at: number): number | undefined {
  if (bytes[at] !== MARK || at + FRAME_BYTES > bytes.length) return undefined;
  const length = readU32(bytes, at + MARK_BYTES);
  const place = readU32(bytes, at + MARK_BYTES + U32_BYTES);
  return placeChecksum(salt, at, length) === place ? length : undefined;
}

function split(body: Uint8Array, records: Uint8Array[]): boolean {
  let at = 0;
  while (at < body.length) {
    if (at + U32_BYTES > body.length) return false;
    const end = at + U32_BYTES + readU32(body, at);
    if (end > body.length) return false;
    records.push(body.slice(at + U32_BYTES, end));
    at = end;
  }
  return true;
}

/** Whether all from `at` on can be one write that a crash interrupted (or nothing at all). */
function isTorn(bytes: Uint8Array, salt: Uint8Array, at: number): boolean {
  const left = bytes.length - at;
  if (left < FRAME_BYTES) return true;
  const length = lengthAt(bytes, salt, at);
  if (length === undefined) {
    return hasEmptySector(bytes, at, at + HEAD_BYTES) && !hasFrame(bytes, salt, at + 1);
  }
  const end = at + FRAME_BYTES + length;
  if (end > bytes.length) return true;
  return end === bytes.length && hasEmptySector(bytes, at, end);
}

/** Whether the part from `from` on of a sector that begins before `to` was never written. */
function hasEmptySector(bytes: Uint8Array, from: number, to: number): boolean {
  let start = from;
  while (start < to) {
    const end = Math.min((Math.floor(start / SECTOR_BYTES) + 1) * SECTOR_BYTES, bytes.length);
    if (bytes.subarray(start, end).every((byte) => byte === 0)) return true;
    start = end;
  }
  return false;
}

/** Whether a good frame starts anywhere behind: then what is before it was acknowledged. */
function hasFrame(bytes: Uint8Array, salt: Uint8Array, from: number): boolean {
  for (let at = from; at + FRAME_BYTES <= bytes.length; at++) {
    const length = lengthAt(bytes, salt, at);
    if (length !== undefined && at + FRAME_BYTES + length <= bytes.length) return true;
  }
  return false;
}
