/**
 * The sparse Merkle tree of the state: a binary tree over SHA-256(key), most significant bit first,
 * in which a subtree of one leaf is that leaf and an empty subtree is 32 zero bytes. A node carries
 * its kind in its top bit, so every hash input stays 64 bytes. Hashing is here, checking
 * proofs in `shared.ts`; storing the tree is in `src/state/tree`.
 */
import { writeText } from '../../common/bytes.ts';
import {
  DOMAIN,
  domainHash,
  HASH_BYTES,
  sha256,
  sha256Text,
  ZERO_HASH,
} from '../../common/hash.ts';

/** Of a node's first byte: set for a leaf. */
export const KIND_BIT = 0x80;
/** A path has as many steps as a key hash has bits. */
export const PATH_BITS = 8 * HASH_BYTES;

export const EMPTY_NODE = ZERO_HASH;

export function emptyStateRoot(): Uint8Array {
  return EMPTY_NODE;
}

/**
 * State keys are text (`state-keys.ts`); their place in the tree is the hash of its UTF-8.
 *
 * @param into gets it at `at`, and is returned
 */
export function keyHash(key: string, into = new Uint8Array(HASH_BYTES), at = 0): Uint8Array {
  writeText(into, at, sha256Text(key));
  return into;
}

/** Every hash input of the tree; filled and hashed at once, never handed out. */
const pair = new Uint8Array(2 * HASH_BYTES);

function pairHash(first: Uint8Array, second: Uint8Array): Uint8Array {
  pair.set(first);
  pair.set(second, HASH_BYTES);
  return sha256(pair);
}

export function leafNode(keyHashed: Uint8Array, valueHash: Uint8Array): Uint8Array {
  const node = pairHash(keyHashed, valueHash);
  node[0] = (node[0] as number) | KIND_BIT;
  return node;
}

export function innerNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const node = pairHash(left, right);
  node[0] = (node[0] as number) & ~KIND_BIT;
  return node;
}

export function isLeafNode(node: Uint8Array): boolean {
  return ((node[0] as number) & KIND_BIT) !== 0;
}

export function isEmptyNode(node: Uint8Array): boolean {
  return node.every((byte) => byte === 0);
}

/** Step `depth` of the path: 0 = left, 1 = right. */
export function pathBit(keyHashed: Uint8Array, depth: number): 0 | 1 {
  return (((keyHashed[depth >> 3] as number) >> (7 - (depth & 7))) & 1) as 0 | 1;
}

/** The header's `stateRoot`: tag, chain and tree root hashed. */
export function stateRootOf(chain: Uint8Array, treeRoot: Uint8Array): Uint8Array {
  return domainHash(DOMAIN.stateRoot, chain, treeRoot);
}

/**
 * A path from the root to where it ends: at a leaf, or (null) at an empty subtree. What is sent are
 * paths that share a proof (`shared.ts`).
 */
export interface StateProof {
  /** What stands beside the path, topmost first. */
  readonly siblings: readonly Uint8Array[];
  readonly end: { readonly keyHash: Uint8Array; readonly valueHash: Uint8Array } | null;
}
