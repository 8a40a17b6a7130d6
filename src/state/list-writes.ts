/** What blocks that become final together append to lists, as writes, block after block. */
import { concat } from '../common/bytes.ts';
import { encode } from '../common/codec/index.ts';
import { invariant } from '../common/errors.ts';
import { HASH_BYTES } from '../common/hash.ts';
import { frontierSchema } from '../ledger/merkle/rfc6962.ts';
import { AppendedRecord } from './appended.ts';
import type { Key } from './execution/draft.ts';
import type { ListChange } from './execution/list-change.ts';
import { kvKey } from './kv/buckets.ts';
import type { KvWrite } from './kv/kv.ts';
import { GROUP_ITEMS, isComplete } from './lists.ts';
import type { Outcome, StateStores } from './outcome.ts';
import { encodePlaces } from './places.ts';
import type { TreeVersion } from './tree/tree.ts';

/** What a block appended, whose places are known by its version. */
type Written = Pick<Outcome, 'version' | 'lists'>;

export class ListWrites {
  readonly #stores: StateStores;
  /** Places of the last items, those of no full group, of lists with more than one. */
  readonly #tails = new Map<string, readonly number[]>();
  /** The blocks that were written here, by height. */
  readonly #blocks = new Map<number, Written>();
  readonly #record = new AppendedRecord();

  constructor(stores: StateStores) {
    this.#stores = stores;
  }

  /** Of the block `height`, over the version before it; the heads go into the tree. */
  of(height: number, before: TreeVersion, { version, lists }: Written): KvWrite[] {
    const { tree } = this.#stores;
    const { longer, firsts } = lists;
    const writes = frontierWrites(longer.values());
    this.#record.begin(height);
    for (let i = 0; i < firsts.count; i++) {
      const item = firsts.items[i] as number;
      this.#record.add(firsts.hashes, i * HASH_BYTES, [tree.placeOf(version, item)]);
    }
    for (const change of longer.values()) {
      const { keyHash: list, count, items, nodes } = change;
      const first = count - items.length;
      const places = [...this.#tail(change, first, before)];
      const start = first - places.length;
      for (const item of items) places.push(tree.placeOf(version, item));
      for (const [at, roots] of nodes) {
        const end = at + 1 - start;
        const group = encodePlaces(places.slice(end - GROUP_ITEMS, end));
        writes.push({ key: kvKey.listNodes(list, at), value: concat(roots, group) });
      }
      const tail = places.slice(places.length - (count % GROUP_ITEMS));
      this.#tails.set(change.text, tail);
      if (tail.length > 0) this.#record.add(list, 0, tail);
    }
    this.#blocks.set(height, { version, lists });
    if (this.#record.count === 0) return writes;
    writes.push({ key: kvKey.appended(height), value: this.#record.end() });
    return writes;
  }

  /** Of a list that has `count` items before the block. */
  #tail({ text, keyHash }: Key, count: number, before: TreeVersion): readonly number[] {
    if (count % GROUP_ITEMS === 0) return [];
    const known = this.#tails.get(text);
    if (known !== undefined) return known;
    const { tree, lists } = this.#stores;
    const height = tree.writtenAt(before, keyHash) ?? 0;
    const block = this.#blocks.get(height);
    if (block === undefined) return lists.tail(text, count, height);
    const first = block.lists.first(keyHash);
    invariant(first !== undefined, 'a list that has no tail here had one item');
    return [tree.placeOf(block.version, first)];
  }
}

/** What it takes to append to what a block appended to. */
export function frontierWrites(changes: Iterable<ListChange>): KvWrite[] {
  const writes: KvWrite[] = [];
  for (const change of changes) {
    if (isComplete(change.count)) continue; // the head says it all
    const value = encode(frontierSchema, change.frontier);
    writes.push({ key: kvKey.listFrontier(change.keyHash), value });
  }
  return writes;
}
