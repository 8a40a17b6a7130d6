/** Hashes one behind the other, by number. */
import { HASH_BYTES } from '../../common/hash.ts';
import { KIND_BIT } from '../../ledger/merkle/sparse.ts';
import { copyWords, enlarged } from './memory.ts';

export const HASH_WORDS = HASH_BYTES / 4;

export class Hashes {
  bytes: Uint8Array<ArrayBuffer>;
  words: Uint32Array<ArrayBuffer>;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity * HASH_BYTES);
    this.words = new Uint32Array(this.bytes.buffer);
  }

  /** Makes room for `count`, and keeps what is here. */
  reserve(count: number): void {
    if (count * HASH_BYTES <= this.bytes.length) return;
    this.bytes = enlarged(this.bytes, count * HASH_BYTES);
    this.words = new Uint32Array(this.bytes.buffer);
  }

  copy(to: number, from: Hashes, start: number, count: number): void {
    copyWords(this, HASH_WORDS * to, from, HASH_WORDS * start, HASH_WORDS * count);
  }

  /** A copy of its own. */
  get(at: number): Uint8Array {
    return this.bytes.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES);
  }

  set(at: number, hash: Uint8Array): void {
    for (let i = 0; i < HASH_BYTES; i++) this.bytes[at * HASH_BYTES + i] = hash[i] as number;
  }

  /** Whether it is the node of a subtree without leaves. */
  isEmpty(at: number): boolean {
    const end = HASH_WORDS * (at + 1);
    for (let i = end - HASH_WORDS; i < end; i++) if (this.words[i] !== 0) return false;
    return true;
  }

  /** Whether it is the node of a leaf. */
  isLeaf(at: number): boolean {
    return ((this.bytes[at * HASH_BYTES] as number) & KIND_BIT) !== 0;
  }
}
