/**
 * Checks signatures in a worker thread, so that this one goes on meanwhile: up to 128 at a time in
 * shared memory. The thread starts with the first check, and keeps the process alive only while it
 * has something to do; messages wake the two threads, and are not sent to one that is awake. Who
 * can't go on without an answer takes from the worker what it has not begun.
 */
import { Worker } from 'node:worker_threads';
import { invariant } from '../common/errors.ts';
import type { Verify } from '../common/signature.ts';
import { type Signed, signatureChecks } from '../ledger/transaction.ts';
import { type Rule, SLOT_CHECKS, SLOTS, Slots, type Told } from './checks.ts';
import { type CheckAll, checkAll, checkAllBy } from './rules.ts';
import { HERE_TABLES_MAX, KeyTables } from './tables.ts';
import { Arithmetic } from './wasm/arithmetic.ts';

/** It holds one slot and the code. */
const WORKER_HEAP_MIB = 64;
/** A slot takes milliseconds; a worker that has had one for so long has come to its end. */
const WORKER_MS_MAX = 2_000;

/**
 * Slots that are enough for the worker not to wait: beyond them only full ones are given to it,
 * since many signatures together take half the time of as many alone.
 */
const SLOTS_AHEAD = 2;

/** A byte for each, 1 = it has signatures, and all of them are good. */
export type Settled = (outcomes: Uint8Array) => void;

export interface SignatureChecker {
  /** The consensus rule for one signature, at once and on this thread. */
  readonly verify: Verify;
  /** Checks all signatures of each. */
  check(signed: readonly Signed[], rule: Rule, settled: Settled): Question;
  /** What is under way is still answered. */
  close(): void;
}

export interface Question {
  /** Returns when `settled` has heard the answer, which it helps to find. */
  finish(): void;
}

/** Checks on this thread at once; also for a simulator with signatures of its own. */
export function inlineChecker(checkHere: CheckAll = checkAll): SignatureChecker {
  return {
    verify: verifyBy(() => checkHere),
    check: (signed, rule, settled) => {
      settled(Uint8Array.from(signed, (each) => (isGood(each, rule, checkHere) ? 1 : 0)));
      return { finish: () => {} };
    },
    close: () => {},
  };
}

function verifyBy(checkHere: () => CheckAll): Verify {
  return (signature, message, key) =>
    checkHere()([{ signature, message, key }], 'consensus')[0] === 1;
}

function isGood(signed: Signed, rule: Rule, checkHere: CheckAll): boolean {
  const checks = signatureChecks(signed);
  return checks.length > 0 && !checkHere(checks, rule).includes(0);
}

export function workerChecker(): SignatureChecker {
  return new WorkerChecker();
}

/** A question whose parts are on their way. */
interface Asked {
  readonly signed: readonly Signed[];
  readonly rule: Rule;
  readonly outcomes: Uint8Array;
  readonly settled: Settled;
  /** Parts without an answer. */
  open: number;
}

/** As much of a question as one slot holds. */
interface Part {
  readonly asked: Asked;
  readonly checks: number;
  /** The first one's position, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

class WorkerChecker implements SignatureChecker {
  #worker: Worker | undefined;
  #waiting: Part[] = [];
  /** By slot. */
  readonly #underWay: (readonly Part[] | undefined)[] = new Array(SLOTS).fill(undefined);
  #slots = new Slots();
  /** Gets tables once the worker has found that there are keys worth it. */
  #checkAll: CheckAll = checkAll;
  readonly verify = verifyBy(() => this.#checkAll);

  check(signed: readonly Signed[], rule: Rule, settled: Settled): Question {
    const asked = { signed, rule, outcomes: new Uint8Array(signed.length), settled, open: 0 };
    const parts = partsOf(asked);
    asked.open = parts.length;
    if (parts.length === 0) settled(asked.outcomes);
    this.#waiting.push(...parts);
    this.#feed();
    return { finish: () => this.#finish(asked) };
  }

  close(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.removeAllListeners();
    worker?.terminate().catch(() => undefined);
    this.#finishHere();
  }

  /** Gives the worker what waits; one with nothing to do keeps no process alive. */
  #feed(): void {
    let busy = 0;
    for (const parts of this.#underWay) if (parts !== undefined) busy += 1;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#underWay[slot] !== undefined) continue;
      const parts = this.#next(busy >= SLOTS_AHEAD);
      if (parts.length === 0) break;
      busy += 1;
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#underWay[slot] = parts;
      this.#slots.ask(slot, this.#write(slot, parts), (parts[0] as Part).asked.rule);
      if (this.#slots.wake()) this.#worker.postMessage(null);
    }
    if (busy === 0) this.#worker?.unref();
  }

  /** Parts that share a slot, taken from those that wait; none where it would not get full. */
  #next(onlyFull: boolean): Part[] {
    const rule = this.#waiting[0]?.asked.rule;
    let [count, checks] = [0, 0];
    for (const part of this.#waiting) {
      if (part.asked.rule !== rule || checks + part.checks > SLOT_CHECKS) break;
      checks += part.checks;
      count += 1;
    }
    const isFull = checks === SLOT_CHECKS || count < this.#waiting.length;
    return isFull || !onlyFull ? this.#waiting.splice(0, count) : [];
  }

  /** Puts parts into a free slot; gives how many checks they are. */
  #write(slot: number, parts: readonly Part[]): number {
    let place = 0;
    for (const { asked, from, to } of parts) {
      for (let i = from; i < to; i++) {
        const { id, transaction } = asked.signed[i] as Signed;
        for (const { key, signature } of transaction.signatures) {
          this.#slots.write(slot, place++, { signature, message: id, key });
        }
      }
    }
    return place;
  }

  #start(): Worker {
    // Of its own, since a worker that ended may have left anything in the memory.
    this.#slots = new Slots();
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'signatures',
      workerData: this.#slots.memory,
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MIB },
    });
    worker.on('message', (told: Told) => {
      if (told !== null) {
        this.#checkAll = checkAllBy(new KeyTables(HERE_TABLES_MAX, () => new Arithmetic(told)));
        return;
      }
      this.#slots.look();
      for (let slot = 0; slot < SLOTS; slot++) if (this.#slots.isDone(slot)) this.#answered(slot);
      this.#feed();
    });
    // Whatever ended it, the answers are the same from here; the next check starts another one.
    worker.on('error', () => this.close());
    return worker;
  }

  #answered(slot: number): void {
    const parts = this.#underWay[slot] ?? [];
    let place = 0;
    for (const { asked, from, to } of parts) {
      for (let i = from; i < to; i++) {
        const { length } = (asked.signed[i] as Signed).transaction.signatures;
        asked.outcomes[i] = this.#slots.isGood(slot, place, length) ? 1 : 0;
        place += length;
      }
    }
    this.#underWay[slot] = undefined;
    this.#slots.free(slot);
    for (const { asked } of parts) closed(asked);
  }

  #finish(asked: Asked): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#underWay[slot]?.some((part) => part.asked === asked)) this.#join(slot);
    }
    const own = this.#waiting.filter((part) => part.asked === asked);
    this.#waiting = this.#waiting.filter((part) => part.asked !== asked);
    for (const part of own) this.#checkHere(part);
    this.#feed();
  }

  /** Has a slot done, by this thread if the worker has not begun with it. */
  #join(slot: number): void {
    const own = this.#slots.take(slot);
    if (own) this.#slots.check(slot, this.#checkAll);
    if (own || this.#slots.wait(slot, WORKER_MS_MAX)) this.#answered(slot);
    else this.close();
  }

  #finishHere(): void {
    const left = [...this.#underWay.flatMap((parts) => parts ?? []), ...this.#waiting];
    this.#underWay.fill(undefined);
    this.#waiting = [];
    for (const part of left) this.#checkHere(part);
  }

  #checkHere({ asked, from, to }: Part): void {
    for (let i = from; i < to; i++) {
      const good = isGood(asked.signed[i] as Signed, asked.rule, this.#checkAll);
      asked.outcomes[i] = good ? 1 : 0;
    }
    closed(asked);
  }
}

function partsOf(asked: Asked): Part[] {
  const parts: Part[] = [];
  let [from, checks] = [0, 0];
  for (let i = 0; i < asked.signed.length; i++) {
    const { length } = (asked.signed[i] as Signed).transaction.signatures;
    invariant(length <= SLOT_CHECKS, 'a transaction has no more signatures than a slot holds');
    if (checks + length > SLOT_CHECKS) {
      parts.push({ asked, from, to: i, checks });
      [from, checks] = [i, 0];
    }
    checks += length;
  }
  if (from < asked.signed.length) parts.push({ asked, from, to: asked.signed.length, checks });
  return parts;
}

/** One part more has its answer. */
function closed(asked: Asked): void {
  asked.open -= 1;
  if (asked.open === 0) asked.settled(asked.outcomes);
}
