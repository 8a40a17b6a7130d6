/** Hashing pairs of 32 bytes, many at once: 0.04 µs each by hashtree's vector instructions. */
import { createRequire } from 'node:module';
import { HASH_BYTES, sha256 } from '../../common/hash.ts';

export const PAIR_BYTES = 2 * HASH_BYTES;
/** The top bit of a node says its kind: set for a leaf (`src/ledger/merkle/sparse.ts`). */
export const LEAF_BIT = 0x80;

/** Hashes each 64 bytes of `input` into 32 of `output`. */
type HashInto = (input: Uint8Array, output: Uint8Array) => void;

/** Machines without a native build (32-bit ones, older Macs) hash one pair after the other. */
function oneByOne(input: Uint8Array, output: Uint8Array): void {
  for (let at = 0; at < input.length; at += PAIR_BYTES) {
    output.set(sha256(input.subarray(at, at + PAIR_BYTES)), at / 2);
  }
}

function native(): HashInto {
  try {
    const { hashInto } = createRequire(import.meta.url)('@chainsafe/hashtree') as {
      readonly hashInto: HashInto;
    };
    return hashInto;
  } catch {
    return oneByOne;
  }
}

export const hashPairs: HashInto = native();

const pair = new Uint8Array(PAIR_BYTES);

function isEmptyAt(nodes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + HASH_BYTES; i++) if (nodes[i] !== 0) return false;
  return true;
}

/** The node above two: a leaf alone in a subtree is that subtree. */
export function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (isEmptyAt(left, 0) && (isLeaf(right) || isEmptyAt(right, 0))) return right;
  if (isLeaf(left) && isEmptyAt(right, 0)) return left;
  pair.set(left);
  pair.set(right, HASH_BYTES);
  const node = new Uint8Array(HASH_BYTES);
  hashPairs(pair, node);
  node[0] = (node[0] as number) & ~LEAF_BIT;
  return node;
}

function isLeaf(node: Uint8Array): boolean {
  return ((node[0] as number) & LEAF_BIT) !== 0;
}
