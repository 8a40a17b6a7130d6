/**
 * Checks signatures in a worker thread, so that this one goes on meanwhile: up to 128 at a time in
 * shared memory. The thread starts with the first check, and keeps the process alive only while it
 * has something to do.
 */
import { Worker } from 'node:worker_threads';
import type { SignatureCheck, Verify } from '../common/signature.ts';
import { type Job, type Rule, SLOT_CHECKS, SLOTS, Slots, type Told } from './checks.ts';
import { type CheckAll, checkAll, checkAllBy } from './rules.ts';
import { HERE_TABLES_MAX, KeyTables } from './tables.ts';
import { Arithmetic } from './wasm/arithmetic.ts';

/** It holds one slot and the code. */
const WORKER_HEAP_MIB = 64;

export interface SignatureChecker {
  /** The consensus rule for one signature, at once and on this thread. */
  readonly verify: Verify;
  /** A byte for each check, 1 = good. */
  check(checks: readonly SignatureCheck[], rule: Rule): Promise<Uint8Array>;
  /** What is under way is still answered. */
  close(): void;
}

/** Checks on this thread at once; also for a simulator with signatures of its own. */
export function inlineChecker(checkHere: CheckAll = checkAll): SignatureChecker {
  return {
    verify: verifyBy(() => checkHere),
    check: (checks, rule) => Promise.resolve(checkHere(checks, rule)),
    close: () => {},
  };
}

function verifyBy(checkHere: () => CheckAll): Verify {
  return (signature, message, key) =>
    checkHere()([{ signature, message, key }], 'consensus')[0] === 1;
}

export function workerChecker(): SignatureChecker {
  return new WorkerChecker();
}

interface Part {
  readonly checks: readonly SignatureCheck[];
  readonly rule: Rule;
  readonly done: (outcome: Uint8Array) => void;
}

class WorkerChecker implements SignatureChecker {
  #worker: Worker | undefined;
  #waiting: Part[] = [];
  /** By slot. */
  readonly #underWay: (Part | undefined)[] = new Array(SLOTS).fill(undefined);
  #slots = new Slots();
  /** Gets tables once the worker has found that there are keys worth it. */
  #checkAll: CheckAll = checkAll;
  readonly verify = verifyBy(() => this.#checkAll);

  async check(checks: readonly SignatureCheck[], rule: Rule): Promise<Uint8Array> {
    const parts: Promise<Uint8Array>[] = [];
    for (let from = 0; from < checks.length; from += SLOT_CHECKS) {
      const some = checks.slice(from, from + SLOT_CHECKS);
      parts.push(
        new Promise((done) => {
          this.#waiting.push({ checks: some, rule, done });
        }),
      );
    }
    this.#feed();
    const outcomes = await Promise.all(parts);
    if (outcomes.length === 1) return outcomes[0] as Uint8Array;
    const joined = new Uint8Array(checks.length);
    outcomes.forEach((outcome, i) => {
      joined.set(outcome, i * SLOT_CHECKS);
    });
    return joined;
  }

  close(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.removeAllListeners();
    worker?.terminate().catch(() => undefined);
    this.#finishHere();
  }

  #feed(): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.#underWay[slot] !== undefined) continue;
      const part = this.#waiting.shift();
      if (part === undefined) return;
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#underWay[slot] = part;
      this.#slots.write(slot, part.checks);
      const job: Job = { slot, count: part.checks.length, rule: part.rule };
      this.#worker.postMessage(job);
    }
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
      if (typeof told !== 'number') {
        this.#checkAll = checkAllBy(new KeyTables(HERE_TABLES_MAX, () => new Arithmetic(told)));
        return;
      }
      this.#answered(told);
      this.#feed();
      if (this.#underWay.every((part) => part === undefined)) worker.unref();
    });
    // Whatever ended it, the answers are the same from here; the next check starts another one.
    worker.on('error', () => {
      this.#worker = undefined;
      this.#finishHere();
    });
    return worker;
  }

  #answered(slot: number): void {
    const part = this.#underWay[slot];
    this.#underWay[slot] = undefined;
    part?.done(this.#slots.outcome(slot, part.checks.length));
  }

  #finishHere(): void {
    const left = [...this.#underWay, ...this.#waiting];
    this.#underWay.fill(undefined);
    this.#waiting = [];
    for (const part of left) if (part !== undefined) this.#checkHere(part);
  }

  #checkHere({ checks, rule, done }: Part): void {
    done(this.#checkAll(checks, rule));
  }
}
