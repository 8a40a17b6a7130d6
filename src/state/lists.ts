/**
 * Authenticated lists: the tree holds a list's head (count and RFC 6962 root); the items, and what
 * is needed to append, lie beside it. Items are never removed, so the count of an old head is all
 * that it takes to read the list as it was.
 */

import { encode } from '../common/codec/index.ts';
import {
  EMPTY_FRONTIER,
  type Frontier,
  frontierRoot,
  frontierSchema,
} from '../ledger/merkle/rfc6962.ts';
import { type ListHead, listHeadSchema } from '../ledger/state-values.ts';
import { corrupt, readStored } from './execution/stored.ts';
import { keyHashOf } from './key-hash.ts';
import { kvKey } from './kv/buckets.ts';
import type { KvStore, KvWrite } from './kv/kv.ts';

export const EMPTY_LIST: ListHead = { count: 0, root: frontierRoot(EMPTY_FRONTIER) };

/** What a block appended to one list. */
export interface ListChange {
  /** After the block. */
  readonly frontier: Frontier;
  /** The new items, in order; the last ones of the list. */
  readonly items: readonly Uint8Array[];
}

export function listHeadOf(frontier: Frontier): ListHead {
  return { count: frontier.count, root: frontierRoot(frontier) };
}

/** Reads a state value that is a list's head; undefined stands for the empty list. */
export function readListHead(value: Uint8Array | undefined): ListHead {
  return value === undefined ? EMPTY_LIST : readStored(listHeadSchema, value, 'a list head');
}

/** A count of one bit means one complete subtree, whose root is the head's. */
function isComplete(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}

/** The stored part of all lists. */
export class ListStore {
  readonly #store: KvStore;

  constructor(store: KvStore) {
    this.#store = store;
  }

  /** What is needed to append to the list `key`, whose newest final head is `head`. */
  frontier(key: string, head: ListHead): Frontier {
    if (head.count === 0) return EMPTY_FRONTIER;
    if (isComplete(head.count)) return { count: head.count, nodes: [head.root] };
    const bytes = this.#store.get(kvKey.listFrontier(keyHashOf(key)));
    const frontier = bytes && readStored(frontierSchema, bytes, 'a list frontier');
    if (frontier?.count !== head.count) throw corrupt(`the list ${key} is damaged`);
    return frontier;
  }

  /** Items `from` and following, at most `count`, of the list as `head` knows it. */
  items(key: string, head: ListHead, from: number, count: number): Uint8Array[] {
    const hash = keyHashOf(key);
    const items: Uint8Array[] = [];
    for (let at = from; at < Math.min(head.count, from + count); at++) {
      const item = this.#store.get(kvKey.listItem(hash, at));
      if (item === undefined) throw corrupt(`the list ${key} is damaged`);
      items.push(item);
    }
    return items;
  }

  /** What makes a block's changes durable; the heads go into the tree. */
  writes(changes: ReadonlyMap<string, ListChange>): KvWrite[] {
    return [...changes].flatMap(([key, { frontier, items }]) => {
      const hash = keyHashOf(key);
      const first = frontier.count - items.length;
      const writes = items.map((value, i) => ({ key: kvKey.listItem(hash, first + i), value }));
      if (isComplete(frontier.count)) return writes;
      const value = encode(frontierSchema, frontier);
      return [...writes, { key: kvKey.listFrontier(hash), value }];
    });
  }
}
