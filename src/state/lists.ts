/**
 * Authenticated lists: the tree holds a list's head (count and RFC 6962 root); what is needed to
 * append lies beside it. Items lie where the tree keeps them, once, though they may be in several
 * lists and a value too; a list has their places: of each full group of items in one record, of the
 * last ones in what the block wrote that appended them (`appended.ts`). Items are never removed, so
 * an old head is all that it takes to read the list as it was.
 */

import type { ZtcError } from '../common/errors.ts';
import { HASH_BYTES } from '../common/hash.ts';
import type { Subtree } from '../ledger/merkle/prover.ts';
import { rangeProof } from '../ledger/merkle/range.ts';
import {
  EMPTY_FRONTIER,
  type Frontier,
  frontierRoot,
  frontierSchema,
  leafHash,
  rootOfHashes,
} from '../ledger/merkle/rfc6962.ts';
import { keyHash } from '../ledger/merkle/sparse.ts';
import { type ListHead, listHeadSchema } from '../ledger/state-values.ts';
import { placesIn } from './appended.ts';
import type { Key } from './execution/draft.ts';
import { STORED_LEVEL } from './execution/list-change.ts';
import { corrupt, readStored } from './execution/stored.ts';
import { kvKey } from './kv/buckets.ts';
import type { KvStore } from './kv/kv.ts';
import { decodePlaces } from './places.ts';
import type { StateTree } from './tree/tree.ts';

export const EMPTY_LIST: ListHead = { count: 0, root: frontierRoot(EMPTY_FRONTIER) };

/** Reads a state value that is a list's head; undefined stands for the empty list. */
export function readListHead(value: Uint8Array | undefined): ListHead {
  return value === undefined ? EMPTY_LIST : readStored(listHeadSchema, value, 'a list head');
}

/** A count of one bit means one complete subtree, whose root is the head's. */
export function isComplete(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}

/** So many items have their places in one record, once they are there: that of their subtree. */
export const GROUP_ITEMS = 2 ** STORED_LEVEL;

/** A list as one version of the state has it. */
export interface ListAt {
  readonly key: string;
  readonly head: ListHead;
  /** Of the block that appended to it last: where its head was written. */
  readonly height: number;
}

/** The stored part of all lists. */
export class ListStore {
  readonly #store: KvStore;
  readonly #tree: StateTree;

  /** @param tree keeps the items */
  constructor(store: KvStore, tree: StateTree) {
    this.#store = store;
    this.#tree = tree;
  }

  /** What is needed to append to the list `key`, whose newest final head is `head`. */
  frontier({ text, keyHash }: Key, head: ListHead): Frontier {
    if (head.count === 0) return EMPTY_FRONTIER;
    if (isComplete(head.count)) return { count: head.count, nodes: [head.root] };
    const bytes = this.#store.get(kvKey.listFrontier(keyHash));
    const frontier = bytes && readStored(frontierSchema, bytes, 'a list frontier');
    if (frontier?.count !== head.count) throw damaged(text);
    return frontier;
  }

  /** Items `from` and following, at most `count`. */
  items(list: ListAt, from: number, count: number): Uint8Array[] {
    const items: Uint8Array[] = [];
    let places: readonly number[] = [];
    for (let at = from; at < Math.min(list.head.count, from + count); at++) {
      if (at === from || at % GROUP_ITEMS === 0) places = this.#placesAround(list, at);
      const place = places[at % GROUP_ITEMS];
      if (place === undefined) throw damaged(list.key);
      items.push(this.#tree.kept(place));
    }
    return items;
  }

  /** What lies beside items `from` to `to` (not included). */
  prove(list: ListAt, from: number, to: number): Uint8Array[] {
    return rangeProof(this.#subtrees(list), list.head.count, from, to);
  }

  /** Places of the last items, those of no full group, of a list with `count` items. */
  tail(key: string, count: number, height: number): readonly number[] {
    const record = this.#store.get(kvKey.appended(height));
    const places = record && placesIn(record, height, keyHash(key));
    if (places?.length !== count % GROUP_ITEMS) throw damaged(key);
    return places;
  }

  /** Places of the group that item `at` is in. */
  #placesAround({ key, head, height }: ListAt, at: number): readonly number[] {
    const last = at - (at % GROUP_ITEMS) + GROUP_ITEMS - 1;
    if (last >= head.count) return this.tail(key, head.count, height);
    const record = this.#store.get(kvKey.listNodes(keyHash(key), last));
    if (record === undefined) throw damaged(key);
    return decodePlaces(record.subarray(rootsEndingWith(last) * HASH_BYTES));
  }

  /** Complete subtrees never change, so those of an older head are the same. */
  #subtrees(list: ListAt): Subtree {
    const hash = keyHash(list.key);
    return (level, index) => {
      const size = 2 ** level;
      if (level < STORED_LEVEL) {
        return rootOfHashes(this.items(list, index * size, size).map(leafHash));
      }
      const last = (index + 1) * size - 1;
      const record = this.#store.get(kvKey.listNodes(hash, last));
      const at = level - STORED_LEVEL;
      if (record === undefined || at >= rootsEndingWith(last)) throw damaged(list.key);
      return record.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
    };
  }
}

/** How many stored subtrees end with the item `last` of a full group. */
function rootsEndingWith(last: number): number {
  let roots = 0;
  for (let groups = (last + 1) / GROUP_ITEMS; ; groups /= 2) {
    roots++;
    if (groups % 2 === 1) return roots;
  }
}

function damaged(key: string): ZtcError {
  return corrupt(`the list ${key} is damaged`);
}
