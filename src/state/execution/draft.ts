/**
 * State being changed: what a block has written so far over what was there before it. What a
 * rejected transaction wrote is taken back, and nothing of it ever happened.
 */
import type { Frontier } from '../../ledger/merkle/rfc6962.ts';
import { type ListChange, listChange } from './list-change.ts';

/** State that can be read by execution. */
export interface StateBase {
  /** The value of a key; undefined when absent. */
  get(key: string): Uint8Array | undefined;
  /** Where the list `key` ends, so that it can be appended to. */
  frontier(key: string): Frontier;
}

/** What most rules need of it: values alone. */
export type Reading = Pick<StateBase, 'get'>;

interface DraftedList {
  /** Where it ended before. */
  readonly before: Frontier;
  readonly items: Uint8Array[];
}

/** Writes over a base; reads see them. */
export class Draft implements StateBase {
  readonly #base: StateBase;
  readonly #values = new Map<string, Uint8Array>();
  /** Present values of the base that were read: most transactions of a block ask for the same. */
  readonly #read = new Map<string, Uint8Array>();
  readonly #lists = new Map<string, DraftedList>();
  /** How to take back what was written since `begin`, newest last. */
  #undo: (() => void)[] = [];

  constructor(base: StateBase) {
    this.#base = base;
  }

  get values(): ReadonlyMap<string, Uint8Array> {
    return this.#values;
  }

  /** What was appended, by list, hashed here and now. */
  lists(): ReadonlyMap<string, ListChange> {
    const changes = new Map<string, ListChange>();
    for (const [key, { before, items }] of this.#lists) changes.set(key, listChange(before, items));
    return changes;
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key) ?? this.#read.get(key) ?? this.#fromBase(key);
  }

  #fromBase(key: string): Uint8Array | undefined {
    const value = this.#base.get(key);
    if (value !== undefined) this.#read.set(key, value);
    return value;
  }

  put(key: string, value: Uint8Array): void {
    const before = this.#values.get(key);
    this.#undo.push(() => {
      if (before === undefined) this.#values.delete(key);
      else this.#values.set(key, before);
    });
    this.#values.set(key, value);
  }

  frontier(key: string): Frontier {
    const list = this.#lists.get(key);
    return list ? listChange(list.before, list.items).frontier : this.#base.frontier(key);
  }

  /** How many items the list `key` has; its frontier would be hashed for that. */
  count(key: string): number {
    const list = this.#lists.get(key);
    return list ? list.before.count + list.items.length : this.#base.frontier(key).count;
  }

  append(key: string, item: Uint8Array): void {
    const list = this.#lists.get(key) ?? this.#draftList(key);
    list.items.push(item);
    this.#undo.push(() => list.items.pop());
  }

  #draftList(key: string): DraftedList {
    const list = { before: this.#base.frontier(key), items: [] };
    this.#lists.set(key, list);
    this.#undo.push(() => this.#lists.delete(key));
    return list;
  }

  /** A transaction begins: what was written before it stays. */
  begin(): void {
    this.#undo = [];
  }

  /** Takes back everything since `begin`. */
  rollback(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
  }
}
