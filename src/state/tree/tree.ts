/**
 * The authenticated state as versions of one sparse Merkle tree: `src/ledger/merkle/sparse.ts` says
 * how it hashes, this is how it is kept. Updating a version gives another and writes nothing; what
 * is new in it is written once its block is final. Versions share what they have in common, so that
 * blocks which are not final yet stand beside each other.
 */
import { compareBytes } from '../../common/bytes.ts';
import { encode, tuple, uint } from '../../common/codec/index.ts';
import { invariant } from '../../common/errors.ts';
import { sha256 } from '../../common/hash.ts';
import type { StateProof } from '../../ledger/merkle/sparse.ts';
import { hash } from '../../ledger/primitives.ts';
import { readStored } from '../execution/stored.ts';
import type { KvStore, KvWrite } from '../kv/kv.ts';
import { Loader, type TreeMemory } from './loader.ts';
import type { Change } from './merge.ts';
import { type Kind, Page, type Ref } from './nodes.ts';
import { heightOfPlace } from './place.ts';
import { Prover } from './prove.ts';
import { EMPTY_REF, TreeUpdate, type Updated } from './update.ts';

/**
 * About 120 MB of buckets, all of the tree at a million keys, and at most 140 MB of pages, which
 * are all those of ten million.
 */
const MEMORY: TreeMemory = { buckets: 131_072, pages: 98_304 };

/** How a version is found again; `StateTree.at` reads it. */
const versionSchema = tuple({ root: hash, kind: uint(), place: uint() });

/** One version of the state; opaque but for its root hash. */
export class TreeVersion {
  readonly root: Ref;
  /** What made it over which version, until that is stored. */
  pending: Pending | undefined;

  constructor(root: Ref, pending?: Pending) {
    this.root = root;
    this.pending = pending;
  }
}

interface Pending extends Updated {
  readonly base: TreeVersion;
  readonly height: number;
}

export const EMPTY_TREE = new TreeVersion(EMPTY_REF);

/** The root hash of a version: 32 bytes. */
export function treeRootOf(version: TreeVersion): Uint8Array {
  return version.root.hash;
}

/** What is to be stored with a version, so that it is found again. */
export function recordOf({ root: { hash: root, kind, place } }: TreeVersion): Uint8Array {
  return encode(versionSchema, { root, kind, place });
}

/** What becomes of a key: its new value, or undefined to remove it. */
export interface StateChange {
  readonly keyHash: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** The new parts of versions as writes, and what to do once they are durable. */
export interface TreeWrites {
  readonly writes: readonly KvWrite[];
  written(): void;
}

/** Reads, proves, updates and writes versions over one store. */
export class StateTree {
  readonly #loader: Loader;
  readonly #prover: Prover;

  constructor(store: KvStore, memory: TreeMemory = MEMORY) {
    this.#loader = new Loader(store, memory);
    this.#prover = new Prover(this.#loader);
  }

  /** The version of a record that was stored; `ZtcError` DATABASE_CORRUPT where it isn't whole. */
  at(record: Uint8Array): TreeVersion {
    const { root, kind, place } = readStored(versionSchema, record, 'a version of the state');
    const ref: Ref = { hash: root, kind: kind as Kind, place, child: undefined };
    return new TreeVersion({ ...ref, child: this.#loader.load(ref) });
  }

  get(version: TreeVersion, keyHash: Uint8Array): Uint8Array | undefined {
    const place = this.#find(version, keyHash);
    return place === undefined ? undefined : this.#value(version, place);
  }

  /** The height of the block that gave a key its value; undefined where it is absent. */
  writtenAt(version: TreeVersion, keyHash: Uint8Array): number | undefined {
    const place = this.#find(version, keyHash);
    return place === undefined ? undefined : heightOfPlace(place);
  }

  /** Where something lies that the version's update keeps for good; until that is stored. */
  placeOf(version: TreeVersion, kept: Uint8Array): number {
    const place = version.pending?.kept.get(kept);
    invariant(place !== undefined, 'what is kept has a place until it is stored');
    return place;
  }

  /** What is kept at a place, of blocks that are stored. */
  kept(place: number): Uint8Array {
    return this.#loader.read(place);
  }

  /** Where the value of a key lies. */
  #find(version: TreeVersion, keyHash: Uint8Array): number | undefined {
    let child = this.#loader.load(version.root);
    let depth = 0;
    while (child instanceof Page) {
      const slot = child.slotOf(keyHash, depth);
      depth = child.depthOf(slot, depth);
      child = this.#loader.child(child, slot);
    }
    const index = child?.find(keyHash);
    return child === undefined || index === undefined ? undefined : child.valuePlace(index);
  }

  /** The path to a key, present or not; `shareProofs` makes one proof of many. */
  prove(version: TreeVersion, keyHash: Uint8Array): StateProof {
    return this.#prover.prove(version.root, keyHash);
  }

  /**
   * The version with all changes applied; no key may occur twice.
   *
   * @param height of the block that makes them: above that of every version it descends from
   * @param kept what stays in the store for good beside them; as value of a key it lies there once
   */
  update(
    version: TreeVersion,
    height: number,
    changes: readonly StateChange[],
    kept: readonly Uint8Array[] = [],
  ): TreeVersion {
    const update = new TreeUpdate(this.#loader, height, sortedChanges(changes), kept);
    const updated = update.run(version.root);
    if (updated === undefined) return version;
    return new TreeVersion(updated.root, { ...updated, base: version, height });
  }

  /** What is in any of these versions and not in the store yet; what they share comes once. */
  writes(...versions: readonly TreeVersion[]): TreeWrites {
    const pending = [...new Set(versions)].filter((version) => version.pending !== undefined);
    return {
      writes: pending.flatMap((version) => (version.pending as Pending).chunks.writes()),
      written: () => {
        for (const version of pending) this.#settle(version);
      },
    };
  }

  #value(version: TreeVersion, place: number): Uint8Array {
    const height = heightOfPlace(place);
    let pending = version.pending;
    while (pending !== undefined && pending.height > height) pending = pending.base.pending;
    const value = pending?.height === height ? pending.chunks.get(place) : undefined;
    return value ?? this.#loader.read(place);
  }

  /** Lets go of what the store now has. */
  #settle(version: TreeVersion): void {
    for (const { node, before } of version.pending?.nodes ?? []) {
      node.settle();
      this.#loader.keep(node, before);
    }
    version.pending = undefined;
  }
}

/** Hashed, and in order of key hash. */
function sortedChanges(changes: readonly StateChange[]): Change[] {
  // By the first four bytes as numbers, which is faster; few of the rest share them.
  const order = new Float64Array(changes.length);
  for (let i = 0; i < changes.length; i++) {
    order[i] = firstWord((changes[i] as StateChange).keyHash) * ORDER + i;
  }
  order.sort();
  const sorted: Change[] = [];
  for (let i = 0; i < order.length; i++) {
    const { keyHash, value } = changes[(order[i] as number) % ORDER] as StateChange;
    sorted.push({ keyHash, value, valueHash: value && sha256(value) });
  }
  for (let i = 1; i < sorted.length; i++) {
    for (let at = i; at > 0; at--) {
      const [before, after] = [sorted[at - 1] as Change, sorted[at] as Change];
      if (compareBytes(before.keyHash, after.keyHash) <= 0) break;
      [sorted[at - 1], sorted[at]] = [after, before];
    }
  }
  return sorted;
}

/** More than a block changes. */
const ORDER = 2 ** 21;

function firstWord(bytes: Uint8Array): number {
  const low = ((bytes[1] as number) << 16) | ((bytes[2] as number) << 8) | (bytes[3] as number);
  return (bytes[0] as number) * 2 ** 24 + low;
}
