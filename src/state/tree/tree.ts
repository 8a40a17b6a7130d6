/**
 * The authenticated state as versions of one sparse Merkle tree: `src/ledger/merkle/sparse.ts` says
 * how it hashes, this is how it is kept. Updating a version gives another and writes nothing; what
 * is new in it is written once its block is final. Versions share what they have in common, so that
 * blocks which are not final yet stand beside each other.
 */
import { encode, tuple, uint } from '../../common/codec/index.ts';
import { invariant } from '../../common/errors.ts';
import { ZERO_HASH } from '../../common/hash.ts';
import type { StateProof } from '../../ledger/merkle/sparse.ts';
import { hash } from '../../ledger/primitives.ts';
import type { Items } from '../execution/items.ts';
import { readStored } from '../execution/stored.ts';
import type { KvStore, KvWrite } from '../kv/kv.ts';
import { Arenas } from './arena.ts';
import { Changes, type StateChange } from './changes.ts';
import { Chunks } from './chunks.ts';
import { ITEM } from './item-writer.ts';
import { Loader, type Pending, type TreeMemory, VersionNodes } from './loader.ts';
import { KIND, type Kind } from './nodes.ts';
import { heightOfPlace, NO_PLACE } from './place.ts';
import { prove } from './prove.ts';
import { type Ref, TreeUpdate } from './update.ts';

export type { StateChange };

/**
 * At most 150 MB of buckets, all of the tree at a million keys, and 115 MB of pages, which are all
 * those of ten million.
 */
const MEMORY: TreeMemory = { buckets: 262_144, pages: 98_304 };

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

export const EMPTY_TREE = new TreeVersion({ kind: KIND.EMPTY, place: NO_PLACE, hash: ZERO_HASH });

/** The root hash of a version: 32 bytes. */
export function treeRootOf(version: TreeVersion): Uint8Array {
  return version.root.hash;
}

/** What is to be stored with a version, so that it is found again. */
export function recordOf({ root: { hash: root, kind, place } }: TreeVersion): Uint8Array {
  return encode(versionSchema, { root, kind, place });
}

/** The new parts of versions as writes, and what to do once they are durable. */
export interface TreeWrites {
  readonly writes: readonly KvWrite[];
  written(): void;
}

/** Reads, proves, updates and writes versions over one store. */
export class StateTree {
  readonly #loader: Loader;
  readonly #changes = new Changes();
  readonly #arenas = new Arenas();

  constructor(store: KvStore, memory: TreeMemory = MEMORY) {
    this.#loader = new Loader(store, memory);
  }

  /** The version of a record that was stored; `ZtcError` DATABASE_CORRUPT where it isn't whole. */
  at(record: Uint8Array): TreeVersion {
    const { root, kind, place } = readStored(versionSchema, record, 'a version of the state');
    const version = new TreeVersion({ hash: root, kind: kind as Kind, place });
    if (kind === KIND.PAGE) this.#loader.page(place);
    else if (kind === KIND.BUCKET) this.#loader.bucket(place);
    return version;
  }

  get(version: TreeVersion, keyHash: Uint8Array): Uint8Array | undefined {
    const nodes = this.#nodes(version);
    const place = find(nodes, version.root, keyHash);
    return place === undefined ? undefined : nodes.value(place);
  }

  /** The height of the block that gave a key its value; undefined where it is absent. */
  writtenAt(version: TreeVersion, keyHash: Uint8Array): number | undefined {
    const place = find(this.#nodes(version), version.root, keyHash);
    return place === undefined ? undefined : heightOfPlace(place);
  }

  /** Where item `kept` of those lies that the version's update keeps; until it is stored. */
  placeOf(version: TreeVersion, kept: number): number {
    const place = version.pending?.kept[kept];
    invariant(place !== undefined, 'what is kept has a place until it is stored');
    return place;
  }

  /** What is kept at a place, of blocks that are stored. */
  kept(place: number): Uint8Array {
    return this.#loader.read(place);
  }

  /** The path to a key, present or not; `shareProofs` makes one proof of many. */
  prove(version: TreeVersion, keyHash: Uint8Array): StateProof {
    return prove(this.#nodes(version), version.root, keyHash);
  }

  /**
   * The version with all changes applied; no key may occur twice.
   *
   * @param height of the block that makes them: above that of every version it descends from
   * @param kept what stays in the store for good beside them, once; the `item` of a change is its
   *   number there
   */
  update(
    version: TreeVersion,
    height: number,
    changes: readonly StateChange[],
    kept: Items = [],
  ): TreeVersion {
    const arena = this.#arenas.take();
    arena.begin(height);
    const pending: Pending = { height, arena, ...keptFirst(height, kept), base: version };
    this.#changes.begin(changes);
    const update = new TreeUpdate(this.#nodes(version), this.#changes, pending);
    const root = update.run(version.root);
    this.#changes.end();
    if (root !== undefined) return new TreeVersion(root, pending);
    this.#arenas.release(arena);
    return version;
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

  #nodes(version: TreeVersion): VersionNodes {
    return new VersionNodes(this.#loader, version.pending);
  }

  /** Lets go of what the store now has. */
  #settle(version: TreeVersion): void {
    const { arena } = version.pending ?? {};
    if (arena === undefined) return;
    this.#loader.keep(arena);
    version.pending = undefined;
    this.#arenas.release(arena);
  }
}

/** Where the value of a key lies. */
function find(nodes: VersionNodes, root: Ref, keyHash: Uint8Array): number | undefined {
  let { kind, place } = root;
  for (let depth = 0; kind === KIND.PAGE; ) {
    const page = nodes.page(place);
    const ref = page.refOf(keyHash, depth);
    depth = page.depthOf(ref, depth);
    kind = page.kind(ref);
    place = page.refs.places[ref] as number;
  }
  if (kind === KIND.EMPTY) return undefined;
  const bucket = nodes.bucket(place);
  const leaf = bucket.find(keyHash);
  return leaf === undefined ? undefined : (bucket.leaves.places[leaf] as number);
}

/** Chunks that begin with what is kept. */
function keptFirst(height: number, items: Items) {
  const chunks = new Chunks(height);
  const kept = new Float64Array(items.length);
  for (let i = 0; i < items.length; i++) kept[i] = chunks.add(items.at(i) as Uint8Array, ITEM.KEPT);
  // So that pruning never writes it anew; and by itself it gets smaller by compression.
  chunks.divide();
  return { chunks, kept };
}
