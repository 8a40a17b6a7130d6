/**
 * The nodes of the state tree in memory. A tree is immutable but for two things that don't change
 * its meaning: a `Stub` is replaced by what it stands for when that was loaded, and a node learns
 * that it is stored. Versions share the subtrees they have in common, so a block that is not final
 * yet is just another root.
 */
import { EMPTY_NODE, innerNode, leafNode } from '../../ledger/merkle/sparse.ts';

/** A key and its value; the value is held until it is stored, then read by its hash. */
export class Leaf {
  readonly keyHash: Uint8Array;
  readonly valueHash: Uint8Array;
  value: Uint8Array | undefined;
  #hash: Uint8Array | undefined;

  constructor(keyHash: Uint8Array, valueHash: Uint8Array, value: Uint8Array | undefined) {
    this.keyHash = keyHash;
    this.valueHash = valueHash;
    this.value = value;
  }

  get hash(): Uint8Array {
    this.#hash ??= leafNode(this.keyHash, this.valueHash);
    return this.#hash;
  }
}

/** A subtree of at least two leaves. */
export class Inner {
  left: Node;
  right: Node;
  /** Whether the page that holds it is on disk; matters for the top nodes of pages only. */
  stored: boolean;
  #hash: Uint8Array | undefined;

  constructor(left: Node, right: Node, stored: boolean) {
    this.left = left;
    this.right = right;
    this.stored = stored;
  }

  get hash(): Uint8Array {
    this.#hash ??= innerNode(hashOf(this.left), hashOf(this.right));
    return this.#hash;
  }
}

/** The top node of a stored page that is not in memory. */
export class Stub {
  readonly hash: Uint8Array;

  constructor(hash: Uint8Array) {
    this.hash = hash;
  }
}

/** Null is the empty subtree. */
export type Node = Leaf | Inner | Stub | null;

export function hashOf(node: Node): Uint8Array {
  return node === null ? EMPTY_NODE : node.hash;
}
