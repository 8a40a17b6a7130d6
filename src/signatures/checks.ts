/**
 * Signature checks as flat bytes in memory that both threads see. Nothing is copied or handed over
 * by a message: detaching a transferred buffer was found to wait for the garbage collector, which
 * under load cost more than everything else about a message.
 */
import { HASH_BYTES } from '../common/hash.ts';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, type SignatureCheck } from '../common/signature.ts';
import type { Prepared } from './wasm/arithmetic.ts';

/**
 * `consensus`: ZIP-215, the same answer on every node. `door`: stricter and cheap, for what
 * strangers send; its no decides only what we let in.
 */
export type Rule = 'consensus' | 'door';

/** Of one slot: some milliseconds of work, which whoever waits for the last one waits at most. */
export const SLOT_CHECKS = 128;
/** What the worker has before it while this thread executes a block: a full block's signatures. */
export const SLOTS = 8;

const MESSAGE_AT = SIGNATURE_BYTES;
const KEY_AT = MESSAGE_AT + HASH_BYTES;
const CHECK_BYTES = KEY_AT + PUBLIC_KEY_BYTES;
/** A byte for each check, 1 = good, behind the checks. */
const OUTCOME_AT = SLOT_CHECKS * CHECK_BYTES;
const SLOT_BYTES = OUTCOME_AT + SLOT_CHECKS;

/** To the worker. */
export interface Job {
  readonly slot: number;
  readonly count: number;
  readonly rule: Rule;
}

/** From the worker: the number of a slot that is checked, or, once, what tables are made of. */
export type Told = number | Required<Prepared>;

/** Who has a slot, writes it: the one that asks until its message, the worker until its own. */
export class Slots {
  readonly memory: SharedArrayBuffer;
  readonly #bytes: Uint8Array;

  constructor(memory = new SharedArrayBuffer(SLOTS * SLOT_BYTES)) {
    this.memory = memory;
    this.#bytes = new Uint8Array(memory);
  }

  write(slot: number, checks: readonly SignatureCheck[]): void {
    let at = slot * SLOT_BYTES;
    for (const { signature, message, key } of checks) {
      this.#bytes.set(signature, at);
      this.#bytes.set(message, at + MESSAGE_AT);
      this.#bytes.set(key, at + KEY_AT);
      at += CHECK_BYTES;
    }
  }

  /** Copies, since native code takes no shared memory. */
  read(slot: number, count: number): SignatureCheck[] {
    const from = slot * SLOT_BYTES;
    const bytes = this.#bytes.slice(from, from + count * CHECK_BYTES);
    return Array.from({ length: count }, (_, i) => {
      const at = i * CHECK_BYTES;
      return {
        signature: bytes.subarray(at, at + MESSAGE_AT),
        message: bytes.subarray(at + MESSAGE_AT, at + KEY_AT),
        key: bytes.subarray(at + KEY_AT, at + CHECK_BYTES),
      };
    });
  }

  answer(slot: number, outcome: Uint8Array): void {
    this.#bytes.set(outcome, slot * SLOT_BYTES + OUTCOME_AT);
  }

  outcome(slot: number, count: number): Uint8Array {
    const from = slot * SLOT_BYTES + OUTCOME_AT;
    return this.#bytes.slice(from, from + count);
  }
}
