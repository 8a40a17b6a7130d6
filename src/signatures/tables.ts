/**
 * Keys that sign often have a table of their multiples, by which a signature takes a third of the
 * time that libsodium takes. What is found here is a yes or nothing: the yes of a check without
 * cofactor is always one of ZIP-215, and whatever is no yes goes on to who decides without tables.
 */
import { keyText } from '../common/bytes.ts';
import { HASH_BYTES } from '../common/hash.ts';
import { isWellFormed, type SignatureCheck } from '../common/signature.ts';
import type { Arithmetic, TableCheck } from './wasm/arithmetic.ts';
import { ROOM } from './wasm/layout.ts';

/**
 * After so many good signatures the next of a key would have paid for its table: building takes a
 * millisecond and saves 35 µs each. So strangers with keys of their own cost at most twice as much.
 */
export const BUILD_AFTER = 32;

/** Of the worker: 23 MiB, taken one by one. So many build machines sign a lot at a time. */
export const KEY_TABLES_MAX = 128;
/** Of the thread that asks, which checks few itself: 6 MiB. */
export const HERE_TABLES_MAX = 32;

/** Keys that are counted, half a megabyte of names. More than that begin anew. */
const COUNTED_MAX = 4_096;

interface Slot {
  readonly name: string;
  /** Since the hand of the clock was here. */
  used: boolean;
}

export class KeyTables {
  #max: number;
  readonly #start: () => Arithmetic;
  #arithmetic: Arithmetic | undefined;
  /** By number of the table, and the numbers by key. */
  readonly #slots: Slot[] = [];
  readonly #numbers = new Map<string, number>();
  #hand = 0;
  /** Good signatures of keys without a table. */
  #counts = new Map<string, number>();
  /** Of the key that gets the next table. */
  #next: Uint8Array | undefined;

  /**
   * @param max tables at most
   * @param start makes what computes, when the first key has come often enough; may throw where
   *   the machine lacks the instructions or the address space, and then there are no tables
   */
  constructor(max: number, start: () => Arithmetic) {
    this.#max = max;
    this.#start = start;
  }

  /** How many keys have a table. */
  get size(): number {
    return this.#slots.length;
  }

  /** A byte for each check: 1 = good under ZIP-215, 0 = to be checked by other means. */
  check(checks: readonly SignatureCheck[]): Uint8Array {
    this.#buildNext();
    const outcomes = new Uint8Array(checks.length);
    const arithmetic = this.#arithmetic;
    if (arithmetic === undefined) return outcomes;
    let places: number[] = [];
    let tabled: TableCheck[] = [];
    const finish = (): void => {
      const found = arithmetic.check(tabled);
      for (let i = 0; i < found.length; i++) outcomes[places[i] as number] = found[i] as number;
      places = [];
      tabled = [];
    };
    for (let i = 0; i < checks.length; i++) {
      const { signature, message, key } = checks[i] as SignatureCheck;
      const table = this.#numbers.get(keyText(key));
      const fits = isWellFormed(signature, key) && message.length === HASH_BYTES;
      if (table === undefined || !fits) continue;
      (this.#slots[table] as Slot).used = true;
      places.push(i);
      tabled.push({ signature, message, key, table });
      if (tabled.length === ROOM) finish();
    }
    finish();
    return outcomes;
  }

  /** A signature of this key was found good by other means. */
  count(key: Uint8Array): void {
    const name = keyText(key);
    const count = (this.#counts.get(name) ?? 0) + 1;
    if (count === 1 && this.#counts.size >= COUNTED_MAX) this.#counts = new Map();
    this.#counts.set(name, count);
    if (count >= BUILD_AFTER && !this.#numbers.has(name)) this.#next = key.slice();
  }

  /** One a call, so that nobody waits for many. */
  #buildNext(): void {
    const key = this.#next;
    if (key === undefined) return;
    this.#next = undefined;
    const name = keyText(key);
    this.#counts.delete(name);
    const table = this.#freeTable();
    if (table === undefined || !this.#build(table, key.subarray(1))) return;
    this.#numbers.delete(this.#slots[table]?.name ?? '');
    this.#slots[table] = { name, used: true };
    this.#numbers.set(name, table);
  }

  #build(table: number, key: Uint8Array): boolean {
    try {
      this.#arithmetic ??= this.#start();
      return this.#arithmetic.build(table, key);
    } catch {
      // Neither start nor more memory: those that there are go on.
      this.#max = this.#slots.length;
      return false;
    }
  }

  /**
   * A CLOCK whose hand moves one step for each key that asks: one that is in use stays, so more
   * keys than there are tables don't drive each other out at the cost of a table each.
   */
  #freeTable(): number | undefined {
    if (this.#slots.length < this.#max) return this.#slots.length;
    if (this.#max === 0) return undefined;
    const table = this.#hand;
    this.#hand = (table + 1) % this.#max;
    const slot = this.#slots[table] as Slot;
    if (!slot.used) return table;
    slot.used = false;
    return undefined;
  }
}
