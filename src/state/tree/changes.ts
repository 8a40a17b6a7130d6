/** What an update changes, in the tree's order. */
import { writeText } from '../../common/bytes.ts';
import { HASH_BYTES, sha256Text } from '../../common/hash.ts';
import { HashOrder } from './hash-order.ts';
import { enlarged } from './memory.ts';
import { Leaves } from './nodes.ts';
import { PAIR_BYTES } from './pairs.ts';

/** What becomes of a key: its new value, or undefined to remove it. */
export interface StateChange {
  readonly keyHash: Uint8Array;
  readonly value: Uint8Array | undefined;
  /** Which of what the update keeps for good the value is, if it is any of it. */
  readonly item?: number | undefined;
}

/** The changes of one update after the other: the arrays stay. */
export class Changes {
  count = 0;
  /** The leaves that come of them, in order of key hash; without places. */
  readonly leaves = new Leaves(0);
  #source: readonly StateChange[] = [];
  #hashes = new Uint8Array(0);
  readonly #sorting = new HashOrder();
  /** Which of the source each is. */
  #order: Float64Array = new Float64Array(0);

  /** @param source no key twice */
  begin(source: readonly StateChange[]): void {
    this.#source = source;
    this.count = source.length;
    this.leaves.reserve(this.count);
    const hashes = enlarged(this.#hashes, this.count * HASH_BYTES);
    this.#hashes = hashes;
    for (let i = 0; i < this.count; i++)
      hashes.set((source[i] as StateChange).keyHash, i * HASH_BYTES);
    this.#order = this.#sorting.of(hashes, this.count);
    const { bytes } = this.leaves;
    for (let i = 0; i < this.count; i++) {
      const from = (this.#order[i] as number) * HASH_BYTES;
      const at = i * PAIR_BYTES;
      for (let b = 0; b < HASH_BYTES; b++) bytes[at + b] = hashes[from + b] as number;
      const value = this.value(i);
      if (value !== undefined) writeText(bytes, at + HASH_BYTES, sha256Text(value));
    }
  }

  /** Lets go of the values. */
  end(): void {
    this.#source = [];
  }

  at(index: number): StateChange {
    return this.#source[this.#order[index] as number] as StateChange;
  }

  /** Undefined where the key is removed. */
  value(index: number): Uint8Array | undefined {
    return this.at(index).value;
  }
}
