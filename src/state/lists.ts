/**
 * Authenticated lists: the tree holds a list's head (count and RFC 6962 root); the items, and what
 * is needed to append, lie beside it. Items are never removed, so the count of an old head is all
 * that it takes to read the list as it was.
 */

import { encode } from '../common/codec/index.ts';
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
import { type ListHead, listHeadSchema } from '../ledger/state-values.ts';
import type { Key } from './execution/draft.ts';
import { type ListChange, STORED_LEVEL } from './execution/list-change.ts';
import { corrupt, readStored } from './execution/stored.ts';
import { keyHashOf } from './key-hash.ts';
import { kvKey } from './kv/buckets.ts';
import type { KvStore, KvWrite } from './kv/kv.ts';

export const EMPTY_LIST: ListHead = { count: 0, root: frontierRoot(EMPTY_FRONTIER) };

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
  frontier({ text, keyHash }: Key, head: ListHead): Frontier {
    if (head.count === 0) return EMPTY_FRONTIER;
    if (isComplete(head.count)) return { count: head.count, nodes: [head.root] };
    const bytes = this.#store.get(kvKey.listFrontier(keyHash));
    const frontier = bytes && readStored(frontierSchema, bytes, 'a list frontier');
    if (frontier?.count !== head.count) throw corrupt(`the list ${text} is damaged`);
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

  /** What lies beside items `from` to `to` (not included) of the list as `head` knows it. */
  prove(key: string, head: ListHead, from: number, to: number): Uint8Array[] {
    return rangeProof(this.#subtrees(key, head), head.count, from, to);
  }

  /** Complete subtrees never change, so those of an older head are the same. */
  #subtrees(key: string, head: ListHead): Subtree {
    const hash = keyHashOf(key);
    return (level, index) => {
      const size = 2 ** level;
      if (level < STORED_LEVEL) {
        return rootOfHashes(this.items(key, head, index * size, size).map(leafHash));
      }
      const ends = (level - STORED_LEVEL + 1) * HASH_BYTES;
      const nodes = this.#store.get(kvKey.listNodes(hash, (index + 1) * size - 1));
      const node = nodes?.subarray(ends - HASH_BYTES, ends);
      if (node?.length !== HASH_BYTES) throw corrupt(`the list ${key} is damaged`);
      return node;
    };
  }

  /** What it takes to append to what a block appended to. */
  frontierWrites(changes: ReadonlyMap<string, ListChange>): KvWrite[] {
    const writes: KvWrite[] = [];
    for (const change of changes.values()) writeFrontier(change, writes);
    return writes;
  }

  /** What makes a block's changes durable; the heads go into the tree. */
  writes(changes: ReadonlyMap<string, ListChange>): KvWrite[] {
    const writes: KvWrite[] = [];
    for (const change of changes.values()) {
      const { keyHash, count, items, nodes } = change;
      let at = count - items.length;
      for (const value of items) writes.push({ key: kvKey.listItem(keyHash, at++), value });
      for (const [last, value] of nodes)
        writes.push({ key: kvKey.listNodes(keyHash, last), value });
      writeFrontier(change, writes);
    }
    return writes;
  }
}

/** Nothing where the head says it all. */
function writeFrontier(change: ListChange, writes: KvWrite[]): void {
  const { keyHash, count } = change;
  if (isComplete(count)) return;
  const value = encode(frontierSchema, change.frontier);
  writes.push({ key: kvKey.listFrontier(keyHash), value });
}
