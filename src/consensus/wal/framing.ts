/**
 * The bytes of the log: a header of magic and salt, then one frame a write. A frame is the length
 * of its body (u32), a checksum of that length and its place (u32), a checksum of the body (u32)
 * and the body: records, each after its length. Integers are big-endian.
 *
 * A crash leaves at most the last write incomplete: cut off, or of full length with sectors that
 * were never written. Everything else that does not check is damage. The salt keeps what others
 * put into blocks from looking like a frame.
 */
import { crc32 } from 'node:zlib';
import { compareBytes, concat, utf8 } from '../../common/bytes.ts';
import { failure, type Result, success } from '../../common/result.ts';

const MAGIC = utf8('ztc.wal1');
export const SALT_BYTES = 8;
const HEADER_BYTES = MAGIC.length + SALT_BYTES;
const U32_BYTES = 4;
const FRAME_BYTES = 3 * U32_BYTES;
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
  return concat(u32(body.length), u32(place), u32(crc32(body, crc32(salt))), body);
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
    const end = length === undefined ? undefined : at + FRAME_BYTES + length;
    const body = end === undefined ? undefined : bytes.subarray(at + FRAME_BYTES, end);
    if (end === undefined || body === undefined || end > bytes.length) break;
    if (crc32(body, crc32(salt)) !== readU32(bytes, at + 2 * U32_BYTES)) break;
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
  if (at + FRAME_BYTES > bytes.length) return undefined;
  const length = readU32(bytes, at);
  return placeChecksum(salt, at, length) === readU32(bytes, at + U32_BYTES) ? length : undefined;
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
  if (length === undefined) return hasEmptySector(bytes, at) && !hasFrame(bytes, salt, at + 1);
  const end = at + FRAME_BYTES + length;
  if (end > bytes.length) return true;
  return end === bytes.length && hasEmptySector(bytes, at);
}

/** Whether the part of some sector from `from` on was never written. */
function hasEmptySector(bytes: Uint8Array, from: number): boolean {
  let start = from;
  while (start < bytes.length) {
    const end = Math.min((Math.floor(start / SECTOR_BYTES) + 1) * SECTOR_BYTES, bytes.length);
    if (bytes.subarray(start, end).every((byte) => byte === 0)) return true;
    start = end;
  }
  return false;
}

/** Whether a good frame starts anywhere behind: then what is before it was acknowledged. */
function hasFrame(bytes: Uint8Array, salt: Uint8Array, from: number): boolean {
  for (let at = from; at + FRAME_BYTES <= bytes.length; at++) {
    const end = at + FRAME_BYTES + readU32(bytes, at);
    if (end <= bytes.length && lengthAt(bytes, salt, at) !== undefined) return true;
  }
  return false;
}
