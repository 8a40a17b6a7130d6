/**
 * The authenticated state as versions of one sparse Merkle tree: `src/ledger/merkle/sparse.ts` says
 * how it hashes, this is how it is kept. A version is its root node. Updating one gives another and
 * writes nothing; what is new in a version is written once its block is final. Every version that
 * was ever written stays readable.
 */
import { equalBytes } from '../../common/bytes.ts';
import { sha256 } from '../../common/hash.ts';
import { isEmptyNode, pathBit, type StateProof } from '../../ledger/merkle/sparse.ts';
import { corrupt } from '../execution/stored.ts';
import { kvKey } from '../kv/buckets.ts';
import type { KvStore, KvWrite } from '../kv/kv.ts';
import { hashOf, Inner, Leaf, type Node, Stub } from './node.ts';
import { decodePage, encodePage, PAGE_LEVELS } from './page.ts';
import { sortChanges, updated } from './update.ts';

/** About 80 MB; above it what lies below `RESIDENT_LEVELS` is let go and read again when needed. */
const RESIDENT_NODES_MAX = 200_000;
/** 4,095 nodes: the part that every update passes. */
const RESIDENT_LEVELS = 3 * PAGE_LEVELS;
/** A full page has one node fewer than 2^PAGE_LEVELS. */
const PAGE_NODES = 2 ** PAGE_LEVELS - 1;
/** A leaf, and about as many inner nodes again as a block's changes don't share. */
const NODES_PER_CHANGE = 8;

/** One version of the state; opaque but for its root hash. */
export interface TreeVersion {
  readonly node: Node;
}

export const EMPTY_TREE: TreeVersion = { node: null };

/** The root hash of a version: 32 bytes, computed when first asked for. */
export function treeRootOf(version: TreeVersion): Uint8Array {
  return hashOf(version.node);
}

/** What becomes of a key: its new value, or undefined to remove it. */
export interface StateChange {
  readonly keyHash: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** The new parts of a version as writes, and what to do once they are durable. */
export interface TreeWrites {
  readonly writes: readonly KvWrite[];
  written(): void;
}

/** Reads, proves, updates and writes versions over one store. */
export class StateTree {
  readonly #store: KvStore;
  readonly #residentMax: number;
  /** Nodes made or loaded since the last cut. */
  #resident = 0;

  /** @param residentMax how many nodes may be in memory before `trim` does anything */
  constructor(store: KvStore, residentMax: number = RESIDENT_NODES_MAX) {
    this.#store = store;
    this.#residentMax = residentMax;
  }

  /** The version of a root hash that was written once; `ZtcError` DATABASE_CORRUPT otherwise. */
  at(root: Uint8Array): TreeVersion {
    return isEmptyNode(root) ? EMPTY_TREE : { node: this.#load(root) };
  }

  /** @param keep whether nodes read from the store stay in memory with the version */
  get(version: TreeVersion, keyHash: Uint8Array, keep = false): Uint8Array | undefined {
    const end = this.#walk(version.node, keyHash, keep);
    if (end === null || !equalBytes(end.keyHash, keyHash)) return undefined;
    return end.value ?? this.#value(end.valueHash);
  }

  /** The path to a key, present or not; `verifyStateProof` checks it. */
  prove(version: TreeVersion, keyHash: Uint8Array): StateProof {
    const siblings: Uint8Array[] = [];
    const end = this.#walk(version.node, keyHash, false, siblings);
    if (end === null) return { siblings, end };
    return { siblings, end: { keyHash: end.keyHash, valueHash: end.valueHash } };
  }

  /** The version with all changes applied; no key may occur twice. */
  update(version: TreeVersion, changes: readonly StateChange[]): TreeVersion {
    const sorted = sortChanges(
      changes.map(({ keyHash, value }) => ({
        keyHash,
        leaf: value === undefined ? undefined : new Leaf(keyHash, sha256(value), value),
      })),
    );
    this.#resident += NODES_PER_CHANGE * sorted.length;
    const node = updated(version.node, 0, sorted, (stub) => this.#load(stub.hash) as Inner);
    return node === version.node ? version : { node };
  }

  /** What is in any of these versions and not in the store yet; what they share comes once. */
  writes(...versions: readonly TreeVersion[]): TreeWrites {
    const writes: KvWrite[] = [];
    const fresh = new Set<Inner | Leaf>();
    for (const { node } of versions) collect(node, 0, writes, fresh);
    return { writes, written: () => fresh.forEach(markStored) };
  }

  /** Bounds memory: cuts a stored version below its topmost levels when too much is resident. */
  trim(version: TreeVersion): void {
    if (this.#resident <= this.#residentMax) return;
    this.#resident = 0;
    if (version.node instanceof Inner) cut(version.node, 1);
  }

  /** Follows the path of `keyHash` to its end; siblings are collected topmost first. */
  #walk(top: Node, keyHash: Uint8Array, keep: boolean, siblings?: Uint8Array[]): Leaf | null {
    let node = top;
    for (let depth = 0; node instanceof Inner; depth++) {
      const right = pathBit(keyHash, depth) === 1;
      siblings?.push(hashOf(right ? node.left : node.right));
      const child: Node = right ? node.right : node.left;
      if (!(child instanceof Stub)) {
        node = child;
        continue;
      }
      const loaded = this.#load(child.hash);
      if (keep && right) node.right = loaded;
      else if (keep) node.left = loaded;
      node = loaded;
    }
    return node as Leaf | null;
  }

  #load(hash: Uint8Array): Inner | Leaf {
    const page = this.#store.get(kvKey.page(hash));
    if (page === undefined) throw corrupt('a page of the state tree is missing');
    this.#resident += PAGE_NODES;
    return decodePage(page);
  }

  #value(valueHash: Uint8Array): Uint8Array {
    const value = this.#store.get(kvKey.value(valueHash));
    if (value === undefined) throw corrupt('a value of the state is missing');
    return value;
  }
}

/**
 * Every new node has only new nodes above it, so the walk ends where something is stored or was
 * collected. An inner node keeps its depth in all versions; a leaf may change it, and is a page of
 * its own at the top.
 */
function collect(node: Node, depth: number, writes: KvWrite[], fresh: Set<Inner | Leaf>): void {
  if (node instanceof Leaf) {
    if (depth === 0) writes.push({ key: kvKey.page(node.hash), value: encodePage(node) });
    if (node.value === undefined || fresh.has(node)) return;
    writes.push({ key: kvKey.value(node.valueHash), value: node.value });
    fresh.add(node);
  } else if (node instanceof Inner && !node.stored && !fresh.has(node)) {
    if (depth % PAGE_LEVELS === 0) {
      writes.push({ key: kvKey.page(node.hash), value: encodePage(node) });
    }
    collect(node.left, depth + 1, writes, fresh);
    collect(node.right, depth + 1, writes, fresh);
    fresh.add(node);
  }
}

function markStored(node: Inner | Leaf): void {
  if (node instanceof Leaf) node.value = undefined;
  else node.stored = true;
}

/** Replaces the stored nodes at depth `RESIDENT_LEVELS` by their hashes. */
function cut(node: Inner, childDepth: number): void {
  if (childDepth === RESIDENT_LEVELS) {
    if (node.left instanceof Inner && node.left.stored) node.left = new Stub(node.left.hash);
    if (node.right instanceof Inner && node.right.stored) node.right = new Stub(node.right.hash);
    return;
  }
  if (node.left instanceof Inner) cut(node.left, childDepth + 1);
  if (node.right instanceof Inner) cut(node.right, childDepth + 1);
}
