/**
 * Where everything lies in the store: a bucket byte, then heights and positions as big-endian
 * 64-bit integers, so that LevelDB's order is theirs. A retired bucket's number stays listed.
 */
import { concat } from '../../common/bytes.ts';
import { HASH_BYTES } from '../../common/hash.ts';
import type { KvRange } from './kv.ts';

const BUCKET = {
  /** → one byte: the version of this layout */
  format: 0x00,
  /** → `headRecordSchema`: the final head, overwritten by every block */
  head: 0x01,
  /** height → header bytes */
  header: 0x02,
  /** height → encoded block */
  block: 0x03,
  /** height → `resultsRecordSchema`; absent where the block has no transactions */
  results: 0x04,
  /** height → the block's own finalization, where it has one */
  certificate: 0x05,
  /** height → `versionSchema` of `tree/tree.ts`: the state after the block */
  state: 0x06,
  /** block hash → height */
  heightOf: 0x07,
  /** first `TRANSACTION_KEY_BYTES` of a transaction id → `placeSchema` */
  transaction: 0x08,
  /** epoch → `boundarySchema`: its last block, where that changed the validators */
  boundary: 0x09,
  /** height → roots of the complete subtrees of the history that end with the block */
  history: 0x0a,
  // 0x10 and 0x11 held pages and values by hash, up to format 3; 0x16 and 0x17 records of the state
  // tree and values one by one, in format 4.
  // 0x12 and 0x14 held items of lists and places of statements one by one, up to format 6.
  /** SHA-256 of a list's key → frontier */
  listFrontier: 0x13,
  /**
   * SHA-256 of a list's key, position → roots of the larger complete subtrees that end there, and
   * where the items of the smallest of these lie (`list-places.ts`)
   */
  listNodes: 0x15,
  /** → `retainedSchema`: what was pruned; absent where nothing was */
  retained: 0x18,
  /** number (`tree/place.ts`) → values and records of the state tree (`tree/chunks.ts`) */
  treeChunk: 0x19,
  /** number of a chunk → which of what lies in it is dead (`tree/superseded.ts`) */
  treeDead: 0x1a,
  /** height → where the last items of the lists lie that the block appended to (`appended.ts`) */
  appended: 0x1b,
  /** number of a group → where its statements lie; all statements in ledger order */
  statements: 0x1c,
} as const;

type Bucket = (typeof BUCKET)[keyof typeof BUCKET];

const NUMBER_BYTES = 8;
const TWO_32 = 2 ** 32;

function writeNumber(target: Uint8Array, at: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  for (let i = 0; i < 4; i++) {
    target[at + i] = high >>> (24 - 8 * i);
    target[at + 4 + i] = value >>> (24 - 8 * i);
  }
}

function readNumber(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, NUMBER_BYTES);
  return view.getUint32(0) * TWO_32 + view.getUint32(4);
}

function numbered(bucket: Bucket, number: number): Uint8Array {
  const key = new Uint8Array(1 + NUMBER_BYTES);
  key[0] = bucket;
  writeNumber(key, 1, number);
  return key;
}

function hashed(bucket: Bucket, hash: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + HASH_BYTES);
  key[0] = bucket;
  key.set(hash, 1);
  return key;
}

function inList(bucket: Bucket, listHash: Uint8Array, position: number): Uint8Array {
  const key = concat(hashed(bucket, listHash), new Uint8Array(NUMBER_BYTES));
  writeNumber(key, 1 + HASH_BYTES, position);
  return key;
}

/** Two of one's own transactions under one key, of which one is not found, take 2⁶⁴ hashes. */
const TRANSACTION_KEY_BYTES = 16;

/** The store's keys by what lies there. */
export const kvKey = {
  format: Uint8Array.of(BUCKET.format),
  head: Uint8Array.of(BUCKET.head),
  retained: Uint8Array.of(BUCKET.retained),
  header: (height: number) => numbered(BUCKET.header, height),
  block: (height: number) => numbered(BUCKET.block, height),
  results: (height: number) => numbered(BUCKET.results, height),
  certificate: (height: number) => numbered(BUCKET.certificate, height),
  state: (height: number) => numbered(BUCKET.state, height),
  heightOf: (blockHash: Uint8Array) => hashed(BUCKET.heightOf, blockHash),
  transaction: (id: Uint8Array) =>
    hashed(BUCKET.transaction, id).subarray(0, 1 + TRANSACTION_KEY_BYTES),
  boundary: (epoch: number) => numbered(BUCKET.boundary, epoch),
  history: (height: number) => numbered(BUCKET.history, height),
  treeChunk: (number: number) => numbered(BUCKET.treeChunk, number),
  treeDead: (number: number) => numbered(BUCKET.treeDead, number),
  listNodes: (listHash: Uint8Array, position: number) =>
    inList(BUCKET.listNodes, listHash, position),
  listFrontier: (listHash: Uint8Array) => hashed(BUCKET.listFrontier, listHash),
  appended: (height: number) => numbered(BUCKET.appended, height),
  statements: (group: number) => numbered(BUCKET.statements, group),
} as const;

/** What lies at a key, as it is called here. */
export function bucketOf(key: Uint8Array): string | undefined {
  return Object.entries(BUCKET).find(([, bucket]) => bucket === key[0])?.[0];
}

/** The results of the blocks `from` (included) to `to` (not included). */
export function resultsRange(from: number, to: number): KvRange {
  return { from: kvKey.results(from), to: kvKey.results(to) };
}

/** The epochs from `from` on, up to `to` (not included), that ended with other validators. */
export function boundariesRange(from: number, to = Number.MAX_SAFE_INTEGER): KvRange {
  return { from: kvKey.boundary(from), to: kvKey.boundary(to) };
}

/** The height in a key of the buckets that go by height. */
export function heightInKey(key: Uint8Array): number {
  return readNumber(key, 1);
}
