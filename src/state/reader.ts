/**
 * The state after one final block, to be read and proven, also while the chain goes on; once it is
 * no longer kept, every read throws `PrunedError`.
 */
import type { Header } from '../ledger/block.ts';
import { keyHash, type StateProof } from '../ledger/merkle/sparse.ts';
import type { ListHead } from '../ledger/state-values.ts';
import { type ListAt, readListHead } from './lists.ts';
import type { StateStores } from './outcome.ts';
import { type Retained, requireState } from './pruning/retention.ts';
import { type StateTree, type TreeVersion, treeRootOf } from './tree/tree.ts';

export interface StateReader {
  readonly height: number;
  /** Of the block `height`: this state is named by the header after it. */
  readonly header: Header;
  /** Root hash of the tree; `stateRootOf` gives what the next header carries. */
  readonly treeRoot: Uint8Array;
  get(key: string): Uint8Array | undefined;
  /** The path to a key, present or absent. */
  prove(key: string): StateProof;
  /** The head of a list; of an absent one, no items and their root. */
  list(key: string): ListHead;
  /** At most `count` items of a list, from position `from` on, as the list was at this height. */
  items(key: string, from: number, count: number): Uint8Array[];
  /** What shows items `from` to `to` (not included) in the list: the roots beside them. */
  proveItems(key: string, from: number, to: number): Uint8Array[];
}

/**
 * Of each kind and generation: values and paths that many questions share, and a few more. What was
 * asked for once has to be gone before the young generation was collected twice, so that it never
 * grows old; a value keeps all of the record that it was read from.
 */
const REMEMBERED_MAX = 32;
/** Larger ones are read each time: together they would take too much memory. */
const VALUE_BYTES_MAX = 4_096;

/** What was read lately, in two generations: a state never changes. */
class Remembered<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  get(key: string): T | undefined {
    const known = this.#young.get(key);
    if (known !== undefined) return known;
    const found = this.#old.get(key);
    if (found !== undefined) this.set(key, found);
    return found;
  }

  set(key: string, value: T): void {
    if (this.#young.size >= REMEMBERED_MAX) [this.#old, this.#young] = [this.#young, new Map()];
    this.#young.set(key, value);
  }
}

export function stateReader(
  stores: StateStores,
  header: Header,
  version: TreeVersion,
  retained: Readonly<Retained>,
): StateReader {
  const { lists } = stores;
  const tree = (): StateTree => {
    requireState(retained, header.height);
    return stores.tree;
  };
  const values = new Remembered<Uint8Array | undefined>();
  const paths = new Remembered<StateProof>();
  const proven = new Remembered<true>();
  const get = (key: string): Uint8Array | undefined => {
    const from = tree();
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = from.get(version, keyHash(key));
    if (value !== undefined && value.length <= VALUE_BYTES_MAX) values.set(key, value);
    return value;
  };
  const prove = (key: string): StateProof => {
    const from = tree();
    const known = paths.get(key);
    if (known !== undefined) return known;
    const path = from.prove(version, keyHash(key));
    // Most keys are asked for once, and a path is kilobytes: not worth keeping for nobody.
    if (proven.get(key)) paths.set(key, path);
    else proven.set(key, true);
    return path;
  };
  const list = (key: string): ListHead => readListHead(get(key));
  const at = (key: string): ListAt => {
    const height = tree().writtenAt(version, keyHash(key)) ?? header.height;
    return { key, head: list(key), height };
  };
  return {
    height: header.height,
    header,
    get treeRoot() {
      return treeRootOf(version);
    },
    get,
    prove,
    list,
    items: (key, from, count) => lists.items(at(key), from, count),
    proveItems: (key, from, to) => lists.prove(at(key), from, to),
  };
}
