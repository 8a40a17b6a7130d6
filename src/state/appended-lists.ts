/**
 * What a block appended to all lists, as it is kept until the block is stored. Most lists begin in
 * the block and have one item then: of these only the hash of the key and the item's number are
 * kept, in two flat arrays. An object for each would live long enough to be moved by the garbage
 * collector, several times.
 */
import { HASH_BYTES } from '../common/hash.ts';
import { keyHash } from '../ledger/merkle/sparse.ts';
import type { ListChange } from './execution/list-change.ts';
import { HashOrder } from './tree/hash-order.ts';
import { copyBytes } from './tree/memory.ts';
import { compareAt } from './tree/nodes.ts';

/** Lists with one item, in order of the hashes of their keys. */
export interface FirstItems {
  readonly count: number;
  /** SHA-256 of their keys, one behind the other. */
  readonly hashes: Uint8Array;
  /** Which of the block's items each has. */
  readonly items: Int32Array;
}

const sorting = new HashOrder();

export class AppendedLists {
  /** Those that have more than one item, by key. */
  readonly longer: ReadonlyMap<string, ListChange>;
  readonly firsts: FirstItems;

  constructor(changes: readonly ListChange[]) {
    const longer = changes.filter(({ count }) => count > 1);
    this.longer = new Map(longer.map((change) => [change.text, change]));
    this.firsts = firstItems(changes.filter(({ count }) => count === 1));
  }

  /** Which of the block's items were appended to the list `key`, in order. */
  itemsOf(key: string): readonly number[] {
    const longer = this.longer.get(key);
    if (longer !== undefined) return longer.items;
    const first = this.first(keyHash(key));
    return first === undefined ? [] : [first];
  }

  /** The item of a list that has one, by the hash of its key. */
  first(list: Uint8Array): number | undefined {
    const { count, hashes, items } = this.firsts;
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareAt(hashes, middle * HASH_BYTES, list, 0) < 0) low = middle + 1;
      else high = middle;
    }
    const isThere = low < count && compareAt(hashes, low * HASH_BYTES, list, 0) === 0;
    return isThere ? items[low] : undefined;
  }
}

function firstItems(changes: readonly ListChange[]): FirstItems {
  const count = changes.length;
  const all = new Uint8Array(count * HASH_BYTES);
  for (let i = 0; i < count; i++) {
    copyBytes(all, i * HASH_BYTES, (changes[i] as ListChange).keyHash, 0, HASH_BYTES);
  }
  const hashes = new Uint8Array(all.length);
  const items = new Int32Array(count);
  const order = sorting.of(all, count);
  for (let i = 0; i < count; i++) {
    const from = order[i] as number;
    copyBytes(hashes, i * HASH_BYTES, all, from * HASH_BYTES, HASH_BYTES);
    items[i] = (changes[from] as ListChange).items[0] as number;
  }
  return { count, hashes, items };
}

export const NOTHING_APPENDED = new AppendedLists([]);
