/**
 * State being changed: what a transaction, then a block, has written so far over what was there
 * before. A rejected transaction's draft is dropped, and nothing of it ever happened.
 */
import { append, type Frontier } from '../../ledger/merkle/rfc6962.ts';
import { type ListChange, nodesCompletedBy } from './list-change.ts';

/** State that can be read by execution. */
export interface StateBase {
  /** The value of a key; undefined when absent. */
  get(key: string): Uint8Array | undefined;
  /** Where the list `key` ends, so that it can be appended to. */
  frontier(key: string): Frontier;
}

interface DraftedList {
  frontier: Frontier;
  readonly items: Uint8Array[];
  readonly nodes: Map<number, Uint8Array>;
}

/** Writes over a base; reads see them. */
export class Draft implements StateBase {
  readonly #base: StateBase;
  readonly #values = new Map<string, Uint8Array>();
  readonly #lists = new Map<string, DraftedList>();

  constructor(base: StateBase) {
    this.#base = base;
  }

  get values(): ReadonlyMap<string, Uint8Array> {
    return this.#values;
  }

  /** What was appended, by list. */
  get lists(): ReadonlyMap<string, ListChange> {
    return this.#lists;
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key) ?? this.#base.get(key);
  }

  put(key: string, value: Uint8Array): void {
    this.#values.set(key, value);
  }

  frontier(key: string): Frontier {
    return this.#lists.get(key)?.frontier ?? this.#base.frontier(key);
  }

  append(key: string, item: Uint8Array): void {
    const list: DraftedList = this.#lists.get(key) ?? {
      frontier: this.#base.frontier(key),
      items: [],
      nodes: new Map(),
    };
    const nodes = nodesCompletedBy(list.frontier, item);
    if (nodes !== undefined) list.nodes.set(list.frontier.count, nodes);
    list.frontier = append(list.frontier, item);
    list.items.push(item);
    this.#lists.set(key, list);
  }

  /** Takes over all writes of a draft that was made over this one. */
  absorb(draft: Draft): void {
    for (const [key, value] of draft.#values) this.#values.set(key, value);
    for (const [key, drafted] of draft.#lists) {
      const list = this.#lists.get(key);
      if (list === undefined) {
        this.#lists.set(key, drafted);
      } else {
        list.frontier = drafted.frontier;
        list.items.push(...drafted.items);
        for (const [at, nodes] of drafted.nodes) list.nodes.set(at, nodes);
      }
    }
  }
}
