/**
 * Pages: how the tree lies in the store. A page is the top `PAGE_LEVELS` levels of the subtree
 * under an inner node whose depth is a multiple of that, in preorder, under that node's hash.
 * Leaves stand in the page that reaches them; where the levels end, an inner node is given by its
 * hash and has a page of its own. Hashes between are computed again: cheaper than storing them.
 */
import { HASH_BYTES } from '../../common/hash.ts';
import { corrupt } from '../execution/stored.ts';
import { Inner, Leaf, type Node, Stub } from './node.ts';

/** A read for each 16-fold growth, and at most 1 KB a page to write for a changed key. */
export const PAGE_LEVELS = 4;

const MARK = { EMPTY: 0, LEAF: 1, INNER: 2, PAGE: 3 } as const;

/** All nodes of a page marked, and at most one leaf for each path through it. */
const PAGE_BYTES_MAX = 2 ** (PAGE_LEVELS + 1) + 2 ** PAGE_LEVELS * 2 * HASH_BYTES;

/** Pages are written here and copied out at their size. */
const scratch = new Uint8Array(PAGE_BYTES_MAX);

/** The page of `top`: an inner node at a page boundary, or the only leaf of the tree. */
export function encodePage(top: Inner | Leaf): Uint8Array {
  return scratch.slice(0, writeNode(top, PAGE_LEVELS, 0));
}

/** Writes a node at `at` and returns where it ends. */
function writeNode(node: Node, levels: number, at: number): number {
  if (node === null) {
    scratch[at] = MARK.EMPTY;
    return at + 1;
  }
  if (node instanceof Leaf) {
    scratch[at] = MARK.LEAF;
    scratch.set(node.keyHash, at + 1);
    scratch.set(node.valueHash, at + 1 + HASH_BYTES);
    return at + 1 + 2 * HASH_BYTES;
  }
  if (levels === 0 || node instanceof Stub) {
    scratch[at] = MARK.PAGE;
    scratch.set(node.hash, at + 1);
    return at + 1 + HASH_BYTES;
  }
  scratch[at] = MARK.INNER;
  const right = writeNode(node.left, levels - 1, at + 1);
  return writeNode(node.right, levels - 1, right);
}

/** Reads a page; `ZtcError` DATABASE_CORRUPT where it is none. */
export function decodePage(bytes: Uint8Array): Inner | Leaf {
  const reader = new PageReader(bytes);
  const top = reader.node();
  if (reader.at !== bytes.length || top === null || top instanceof Stub)
    throw corrupt('a page of the state tree is damaged');
  return top;
}

class PageReader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  node(): Node {
    switch (this.#bytes[this.at++]) {
      case MARK.EMPTY:
        return null;
      case MARK.LEAF:
        return new Leaf(this.#hash(), this.#hash(), undefined);
      case MARK.INNER:
        return new Inner(this.node(), this.node(), true);
      case MARK.PAGE:
        return new Stub(this.#hash());
      default:
        throw corrupt('a page of the state tree is damaged');
    }
  }

  #hash(): Uint8Array {
    const end = this.at + HASH_BYTES;
    if (end > this.#bytes.length) throw corrupt('a page of the state tree is damaged');
    const hash = this.#bytes.subarray(this.at, end);
    this.at = end;
    return hash;
  }
}
