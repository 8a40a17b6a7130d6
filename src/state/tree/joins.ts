/**
 * Hashing inner nodes, many at once. Those of one depth don't need each other: so they are planned
 * in any order, and hashed deepest first, a depth in one call.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import { KIND_BIT, PATH_BITS } from '../../ledger/merkle/sparse.ts';
import { HASH_WORDS, type Hashes } from './hashes.ts';
import { enlarged } from './memory.ts';
import { hashPairs, PAIR_BYTES } from './pairs.ts';

/** The inner nodes to be hashed; there is one list, and it keeps its arrays. */
class Joins {
  #count = 0;
  #depth = new Uint8Array(0);
  #left = new Int32Array(0);
  #right = new Int32Array(0);
  #node = new Int32Array(0);
  /** The joins, deepest first. */
  #order = new Int32Array(0);
  /** How many there are of a depth; then, where they begin in the order. */
  readonly #starts = new Int32Array(PATH_BITS);
  #input = new Uint8Array(0);
  #inputWords = new Uint32Array(0);
  #output = new Uint8Array(0);
  #outputWords = new Uint32Array(0);

  /** `node`, at `depth`, is to be that above `left` and `right`. */
  add(depth: number, left: number, right: number, node: number): void {
    const at = this.#count++;
    if (at === this.#left.length) this.#grow(at + 1);
    this.#depth[at] = depth;
    this.#left[at] = left;
    this.#right[at] = right;
    this.#node[at] = node;
  }

  /** Hashes all that were added among `hashes`. */
  run(hashes: Hashes): void {
    this.#sort();
    for (let from = 0; from < this.#count; ) {
      const depth = this.#depth[this.#order[from] as number];
      let to = from + 1;
      while (to < this.#count && this.#depth[this.#order[to] as number] === depth) to++;
      this.#runDepth(hashes, from, to);
      from = to;
    }
    this.#count = 0;
  }

  #sort(): void {
    const starts = this.#starts.fill(0);
    const [depth, count] = [this.#depth, this.#count];
    for (let i = 0; i < count; i++) {
      const at = depth[i] as number;
      starts[at] = (starts[at] as number) + 1;
    }
    let next = 0;
    for (let at = PATH_BITS - 1; at >= 0; at--) {
      const size = starts[at] as number;
      starts[at] = next;
      next += size;
    }
    for (let i = 0; i < count; i++) {
      const at = starts[depth[i] as number] as number;
      this.#order[at] = i;
      starts[depth[i] as number] = at + 1;
    }
  }

  #runDepth(hashes: Hashes, from: number, to: number): void {
    const { words, bytes } = hashes;
    const [input, output] = [this.#inputWords, this.#outputWords];
    for (let i = from; i < to; i++) {
      const join = this.#order[i] as number;
      const at = 2 * HASH_WORDS * (i - from);
      const left = HASH_WORDS * (this.#left[join] as number);
      const right = HASH_WORDS * (this.#right[join] as number);
      for (let w = 0; w < HASH_WORDS; w++) {
        input[at + w] = words[left + w] as number;
        input[at + HASH_WORDS + w] = words[right + w] as number;
      }
    }
    const count = to - from;
    hashPairs(
      this.#input.subarray(0, count * PAIR_BYTES),
      this.#output.subarray(0, count * HASH_BYTES),
    );
    for (let i = from; i < to; i++) {
      const join = this.#order[i] as number;
      const [left, right] = [this.#left[join] as number, this.#right[join] as number];
      const node = this.#node[join] as number;
      const alone = loneSide(hashes, left, right);
      if (alone !== undefined) {
        hashes.copy(node, hashes, alone, 1);
        continue;
      }
      const [at, start] = [HASH_WORDS * node, HASH_WORDS * (i - from)];
      for (let w = 0; w < HASH_WORDS; w++) words[at + w] = output[start + w] as number;
      bytes[HASH_BYTES * node] = (bytes[HASH_BYTES * node] as number) & ~KIND_BIT;
    }
  }

  #grow(count: number): void {
    this.#depth = enlarged(this.#depth, count);
    this.#left = enlarged(this.#left, count);
    this.#right = enlarged(this.#right, count);
    this.#node = enlarged(this.#node, count);
    this.#order = enlarged(this.#order, count);
    // All may be of one depth.
    const room = this.#left.length;
    this.#input = new Uint8Array(room * PAIR_BYTES);
    this.#inputWords = new Uint32Array(this.#input.buffer);
    this.#output = new Uint8Array(room * HASH_BYTES);
    this.#outputWords = new Uint32Array(this.#output.buffer);
  }
}

/** A leaf alone in a subtree is that subtree, and an empty one is empty. */
function loneSide(hashes: Hashes, left: number, right: number): number | undefined {
  if (hashes.isEmpty(left)) {
    return hashes.isLeaf(right) || hashes.isEmpty(right) ? right : undefined;
  }
  return hashes.isLeaf(left) && hashes.isEmpty(right) ? left : undefined;
}

export const joins = new Joins();
