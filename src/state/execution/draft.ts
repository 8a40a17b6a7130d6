/**
 * State being changed: what a block has written so far over what was there before it. What a
 * rejected transaction wrote is taken back, and nothing of it ever happened.
 */
import { Arena } from '../../common/arena.ts';
import { utf8 } from '../../common/bytes.ts';
import { encodeIn, type Schema } from '../../common/codec/index.ts';
import { appendAll, type Frontier } from '../../ledger/merkle/rfc6962.ts';
import { ItemList, type Items, KeyHashes } from './items.ts';
import { ListChange } from './list-change.ts';

/** A key of the state, and its place in the tree. */
export interface Key {
  readonly text: string;
  readonly keyHash: Uint8Array;
}

/** State that a draft lies over. */
export interface StateBase {
  /** The value of a key; undefined when absent. */
  read(key: Key): Uint8Array | undefined;
  /** Where the list `key` ends, so that it can be appended to. */
  frontier(key: Key): Frontier;
}

/** What rules need of state: values alone. */
export interface Reading {
  get(key: string): Uint8Array | undefined;
}

/** A key with the value that was written. */
export interface Written extends Key {
  readonly value: Uint8Array;
  /** Which of the block's items the value is, where it is one. */
  readonly item?: number | undefined;
}

export interface StateWrites {
  /** All values, among them the heads of lists. */
  readonly values: readonly Written[];
  /** What was appended, list by list. */
  readonly lists: readonly ListChange[];
  /** What the lists' items are numbers of. */
  readonly items: Items;
}

/** Where the bytes of a draft lie. */
interface Memory {
  readonly hashes: KeyHashes;
  /** What was appended to any list, each once. */
  readonly items: ItemList;
}

/** All that a draft knows of one key, which has a value or is a list. */
class Entry implements Written {
  readonly text: string;
  readonly #memory: Memory;
  readonly #number: number;
  /** What the base has; null: not read yet. */
  before: Uint8Array | undefined | null = null;
  /** What was written; undefined: nothing, or an item. */
  own: Uint8Array | undefined;
  /** Which item was written, if it was one. */
  item: number | undefined;
  /** Where the list ended before, and which items were appended. */
  end: Frontier | undefined;
  items: number[] = NO_ITEMS;

  constructor(text: string, memory: Memory) {
    this.text = text;
    this.#memory = memory;
    this.#number = memory.hashes.add(text);
  }

  get keyHash(): Uint8Array {
    return this.#memory.hashes.at(this.#number);
  }

  get isWritten(): boolean {
    return this.own !== undefined || this.item !== undefined;
  }

  /** Only of one that is written. */
  get value(): Uint8Array {
    return this.own ?? this.#memory.items.at(this.item as number);
  }
}

/** Up to here a character is one byte of UTF-8, copied faster than TextEncoder is called. */
const ASCII_MAX = 0x7f;

/** Of entries without any; not to be changed. */
const NO_ITEMS: number[] = [];

/** Writes over a base; reads see them. */
export class Draft implements StateBase, Reading {
  readonly #base: StateBase;
  readonly #arena = new Arena();
  readonly #memory: Memory = { hashes: new KeyHashes(), items: new ItemList() };
  readonly #entries = new Map<string, Entry>();
  /** What was asked for last. */
  #latest: Entry | undefined;
  /** What was written since `begin`, in order, and what was there before; null: no item yet. */
  readonly #written: Entry[] = [];
  readonly #before: (Uint8Array | undefined | null)[] = [];
  /** Which item that was. */
  readonly #itemBefore: (number | undefined)[] = [];
  /** So many of these count: an array that is cut to no length gives its room away. */
  #count = 0;
  /** How many items are from before `begin`. */
  #itemsBefore = 0;

  constructor(base: StateBase) {
    this.#base = base;
  }

  get(key: string): Uint8Array | undefined {
    return this.#valueOf(this.#entry(key));
  }

  read({ text }: Key): Uint8Array | undefined {
    return this.get(text);
  }

  /** Whether a key has another value than in the base, or may have. */
  isWritten(key: string): boolean {
    return this.#entries.get(key)?.isWritten ?? false;
  }

  /** @param value what was appended last is stored once, if it is the same array */
  put(key: string, value: Uint8Array): void {
    const entry = this.#entry(key);
    this.#note(entry, entry.own);
    const { items } = this.#memory;
    const isItem = items.isLast(value);
    entry.own = isItem ? undefined : value;
    entry.item = isItem ? items.length - 1 : undefined;
  }

  frontier({ text }: Key): Frontier {
    const entry = this.#entry(text);
    const end = this.#endOf(entry);
    return entry.items.length === 0 ? end : appendAll(end, this.#bytesOf(entry.items));
  }

  /** How many items the list `key` has; its frontier would be hashed for that. */
  count(key: string): number {
    const entry = this.#entry(key);
    return this.#endOf(entry).count + entry.items.length;
  }

  /** @param item one for several lists in a row is stored once, if it is the same array */
  append(key: string, item: Uint8Array): void {
    const entry = this.#entry(key);
    this.#endOf(entry);
    this.#note(entry, null);
    const number = this.#memory.items.add(item);
    // An empty array that grows makes room for many more, and most lists get one item.
    if (entry.items === NO_ITEMS) entry.items = [number];
    else entry.items.push(number);
  }

  /** Canonical bytes of what is to be written, in memory of this draft. */
  encode<T>(schema: Schema<T>, value: T): Uint8Array {
    return encodeIn(this.#arena, schema, value);
  }

  /** The UTF-8 of an item, there as well. */
  utf8(text: string): Uint8Array {
    const bytes = this.#arena.take(text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > ASCII_MAX) return utf8(text);
      bytes[i] = code;
    }
    return bytes;
  }

  /** A transaction begins: what was written before it stays. */
  begin(): void {
    this.#count = 0;
    this.#itemsBefore = this.#memory.items.length;
  }

  /** Takes back everything since `begin`. */
  rollback(): void {
    while (this.#count > 0) {
      const entry = this.#written[--this.#count] as Entry;
      const before = this.#before[this.#count];
      if (before === null) entry.items.pop();
      else {
        entry.own = before;
        entry.item = this.#itemBefore[this.#count];
      }
    }
    this.#memory.items.cut(this.#itemsBefore);
  }

  /** What was written, lists hashed here and now. */
  writes(): StateWrites {
    const { items } = this.#memory;
    const values: Written[] = [];
    const lists: ListChange[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.isWritten) values.push(entry);
      if (entry.items.length === 0) continue;
      const change = new ListChange(entry, this.#endOf(entry), entry.items, items, this.#arena);
      lists.push(change);
      values.push(change);
    }
    return { values, lists, items };
  }

  #bytesOf(items: readonly number[]): Uint8Array[] {
    return items.map((item) => this.#memory.items.at(item));
  }

  #note(entry: Entry, before: Uint8Array | undefined | null): void {
    this.#written[this.#count] = entry;
    this.#itemBefore[this.#count] = entry.item;
    this.#before[this.#count++] = before;
  }

  #entry(key: string): Entry {
    // Rules ask about a key and then write it.
    if (this.#latest?.text === key) return this.#latest;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = new Entry(key, this.#memory);
      this.#entries.set(key, entry);
    }
    this.#latest = entry;
    return entry;
  }

  #valueOf(entry: Entry): Uint8Array | undefined {
    if (entry.isWritten) return entry.value;
    if (entry.before === null) entry.before = this.#base.read(entry);
    return entry.before;
  }

  #endOf(entry: Entry): Frontier {
    entry.end ??= this.#base.frontier(entry);
    return entry.end;
  }
}
