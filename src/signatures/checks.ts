/**
 * Signature checks as flat bytes in memory that two threads see. Nothing is copied or handed over
 * by a message: detaching a transferred buffer was found to wait for the garbage collector, which
 * under load cost more than everything else about a message. Whoever takes a slot checks what is in
 * it, so that nothing is ever checked by both.
 */
import { HASH_BYTES } from '../common/hash.ts';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, type SignatureCheck } from '../common/signature.ts';
import { SIGNATURES_MAX } from '../ledger/transaction.ts';
import type { CheckAll } from './rules.ts';
import type { Prepared } from './wasm/arithmetic.ts';

/**
 * `consensus`: ZIP-215, the same answer on every node. `door`: stricter and cheap, for what
 * strangers send; its no decides only what we let in.
 */
export type Rule = 'consensus' | 'door';

const RULES: readonly Rule[] = ['consensus', 'door'];

/**
 * Of one slot: some milliseconds of work, which whoever waits for the last one waits at most. The
 * signatures of a transaction fit into one.
 */
export const SLOT_CHECKS = SIGNATURES_MAX;
/** What the worker has before it while this thread executes a block: a full block's signatures. */
export const SLOTS = 8;

const MESSAGE_AT = SIGNATURE_BYTES;
const KEY_AT = MESSAGE_AT + HASH_BYTES;
const CHECK_BYTES = KEY_AT + PUBLIC_KEY_BYTES;
/** A byte for each check, 1 = good, behind the checks. */
const OUTCOME_AT = SLOT_CHECKS * CHECK_BYTES;
const SLOT_BYTES = OUTCOME_AT + SLOT_CHECKS;

/** In front of all: 1 while the worker sleeps, and 1 while the one that asks is about to look. */
const FLAG = { asleep: 0, told: 1, words: 2 } as const;
/** Then of each slot: its state, how many checks, by which rule. */
const HEAD = { state: 0, count: 1, rule: 2, words: 3 } as const;
const HEADS_BYTES = (FLAG.words + SLOTS * HEAD.words) * Int32Array.BYTES_PER_ELEMENT;
const headOf = (slot: number): number => FLAG.words + slot * HEAD.words;

/** A slot is written while free, by the thread that asks; then whoever takes it has it. */
const STATE = { free: 0, asked: 1, taken: 2, done: 3 } as const;

/** From the worker: null, to look which slots are done, or, once, what tables are made of. */
export type Told = null | Required<Prepared>;

export class Slots {
  readonly memory: SharedArrayBuffer;
  readonly #heads: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory = new SharedArrayBuffer(HEADS_BYTES + SLOTS * SLOT_BYTES)) {
    this.memory = memory;
    this.#heads = new Int32Array(memory, 0, FLAG.words + SLOTS * HEAD.words);
    this.#bytes = new Uint8Array(memory, HEADS_BYTES);
  }

  /** Whether the worker has to be woken; it then is awake until it says that it sleeps. */
  wake(): boolean {
    return Atomics.exchange(this.#heads, FLAG.asleep, 0) === 1;
  }

  sleep(): void {
    Atomics.store(this.#heads, FLAG.asleep, 1);
  }

  /** Whether anything is asked that nobody has taken. */
  areAsked(): boolean {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (Atomics.load(this.#heads, headOf(slot) + HEAD.state) === STATE.asked) return true;
    }
    return false;
  }

  /** Whether the one that asks has to be told that something is done; once until it looks. */
  tell(): boolean {
    return Atomics.exchange(this.#heads, FLAG.told, 1) === 0;
  }

  look(): void {
    Atomics.store(this.#heads, FLAG.told, 0);
  }

  /** Puts one check into a free slot, at its place among them. */
  write(slot: number, place: number, { signature, message, key }: SignatureCheck): void {
    const at = slot * SLOT_BYTES + place * CHECK_BYTES;
    this.#bytes.set(signature, at);
    this.#bytes.set(message, at + MESSAGE_AT);
    this.#bytes.set(key, at + KEY_AT);
  }

  /** From now on whoever takes the slot checks the first `count` in it. */
  ask(slot: number, count: number, rule: Rule): void {
    const head = headOf(slot);
    this.#heads[head + HEAD.count] = count;
    this.#heads[head + HEAD.rule] = RULES.indexOf(rule);
    Atomics.store(this.#heads, head + HEAD.state, STATE.asked);
  }

  /** Whether the slot was asked about and nobody had it: now the caller has. */
  take(slot: number): boolean {
    const at = headOf(slot) + HEAD.state;
    return Atomics.compareExchange(this.#heads, at, STATE.asked, STATE.taken) === STATE.asked;
  }

  /** Checks what is in a slot that the caller has taken. */
  check(slot: number, checkAll: CheckAll): void {
    const head = headOf(slot);
    const rule = RULES[this.#heads[head + HEAD.rule] as number] as Rule;
    const outcomes = checkAll(this.#read(slot, this.#heads[head + HEAD.count] as number), rule);
    this.#bytes.set(outcomes, slot * SLOT_BYTES + OUTCOME_AT);
    Atomics.store(this.#heads, head + HEAD.state, STATE.done);
    Atomics.notify(this.#heads, head + HEAD.state);
  }

  isDone(slot: number): boolean {
    return Atomics.load(this.#heads, headOf(slot) + HEAD.state) === STATE.done;
  }

  /** Holds this thread until the slot that the other one took is done, so many ms at most. */
  wait(slot: number, ms: number): boolean {
    Atomics.wait(this.#heads, headOf(slot) + HEAD.state, STATE.taken, ms);
    return this.isDone(slot);
  }

  /** Whether there are checks and all are good: `count` from `place` on, in a slot that is done. */
  isGood(slot: number, place: number, count: number): boolean {
    const from = slot * SLOT_BYTES + OUTCOME_AT + place;
    let good = count > 0;
    for (let i = 0; i < count; i++) if (this.#bytes[from + i] !== 1) good = false;
    return good;
  }

  free(slot: number): void {
    Atomics.store(this.#heads, headOf(slot) + HEAD.state, STATE.free);
  }

  /** Copies, since native code takes no shared memory. */
  #read(slot: number, count: number): SignatureCheck[] {
    const from = slot * SLOT_BYTES;
    const bytes = this.#bytes.slice(from, from + count * CHECK_BYTES);
    const checks: SignatureCheck[] = [];
    for (let at = 0; at < bytes.length; at += CHECK_BYTES) {
      checks.push({
        signature: bytes.subarray(at, at + MESSAGE_AT),
        message: bytes.subarray(at + MESSAGE_AT, at + KEY_AT),
        key: bytes.subarray(at + KEY_AT, at + CHECK_BYTES),
      });
    }
    return checks;
  }
}
