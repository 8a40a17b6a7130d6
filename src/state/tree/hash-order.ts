/** Hashes that lie one behind the other, put in order. */

import { HASH_BYTES } from '../../common/hash.ts';
import { compareAt } from './nodes.ts';

/** More than a block has of anything that is sorted by hash. */
const COUNT_MAX = 2 ** 21;

/** Sorts one time after the other: the array stays. */
export class HashOrder {
  #order = new Float64Array(0);

  /**
   * The positions of the first `count` hashes, lowest hash first; good until the next call.
   *
   * By the first four bytes as numbers, which is faster; few of the rest share them.
   */
  of(hashes: Uint8Array, count: number): Float64Array {
    if (this.#order.length < count) this.#order = new Float64Array(2 * count);
    const order = this.#order.subarray(0, count);
    for (let i = 0; i < count; i++) order[i] = firstWord(hashes, i * HASH_BYTES) * COUNT_MAX + i;
    order.sort();
    for (let i = 0; i < count; i++) {
      order[i] = (order[i] as number) % COUNT_MAX;
      for (let at = i; at > 0; at--) {
        const before = order[at - 1] as number;
        const after = order[at] as number;
        if (compareAt(hashes, before * HASH_BYTES, hashes, after * HASH_BYTES) <= 0) break;
        order[at - 1] = after;
        order[at] = before;
      }
    }
    return order;
  }
}

function firstWord(bytes: Uint8Array, at: number): number {
  const [first, second] = [bytes[at] as number, bytes[at + 1] as number];
  const low = (second << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return first * 2 ** 24 + low;
}
