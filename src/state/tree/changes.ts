/** What an update changes, in the tree's order. */
import { compareBytes, writeText } from '../../common/bytes.ts';
import { HASH_BYTES, sha256Text } from '../../common/hash.ts';
import { Leaves } from './nodes.ts';
import { PAIR_BYTES } from './pairs.ts';

/** What becomes of a key: its new value, or undefined to remove it. */
export interface StateChange {
  readonly keyHash: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** More than a block changes. */
const COUNT_MAX = 2 ** 21;

/** The changes of one update after the other: the arrays stay. */
export class Changes {
  count = 0;
  /** The leaves that come of them, in order of key hash; without places. */
  readonly leaves = new Leaves(0);
  #source: readonly StateChange[] = [];
  /** Which of the source each is. */
  #order = new Float64Array(0);

  /** @param source no key twice */
  begin(source: readonly StateChange[]): void {
    this.#source = source;
    this.count = source.length;
    this.leaves.reserve(source.length);
    this.#sort();
    const { bytes } = this.leaves;
    for (let i = 0; i < this.count; i++) {
      const { keyHash, value } = this.#of(i);
      const at = i * PAIR_BYTES;
      for (let b = 0; b < HASH_BYTES; b++) bytes[at + b] = keyHash[b] as number;
      if (value !== undefined) writeText(bytes, at + HASH_BYTES, sha256Text(value));
    }
  }

  /** Lets go of the values. */
  end(): void {
    this.#source = [];
  }

  /** Undefined where the key is removed. */
  value(index: number): Uint8Array | undefined {
    return this.#of(index).value;
  }

  #of(index: number): StateChange {
    return this.#source[this.#order[index] as number] as StateChange;
  }

  #sort(): void {
    // By the first four bytes as numbers, which is faster; few of the rest share them.
    if (this.#order.length < this.count) this.#order = new Float64Array(2 * this.count);
    const order = this.#order.subarray(0, this.count);
    for (let i = 0; i < this.count; i++) {
      order[i] = firstWord((this.#source[i] as StateChange).keyHash) * COUNT_MAX + i;
    }
    order.sort();
    for (let i = 0; i < this.count; i++) {
      order[i] = (order[i] as number) % COUNT_MAX;
      for (let at = i; at > 0; at--) {
        const [before, after] = [order[at - 1] as number, order[at] as number];
        if (compareBytes(this.#of(at - 1).keyHash, this.#of(at).keyHash) <= 0) break;
        [order[at - 1], order[at]] = [after, before];
      }
    }
  }
}

function firstWord(bytes: Uint8Array): number {
  const low = ((bytes[1] as number) << 16) | ((bytes[2] as number) << 8) | (bytes[3] as number);
  return (bytes[0] as number) * 2 ** 24 + low;
}
