/**
 * Checks signatures in a worker thread, so that this one goes on meanwhile: 64 to 256 at a time in
 * transferred buffers, which costs less than a microsecond for each. The thread starts with the
 * first check and keeps no process alive.
 */
import { Worker } from 'node:worker_threads';
import { type Outcome, packChecks, type Rule, type SignatureCheck } from './checks.ts';
import { checkAll } from './rules.ts';

/** Of one buffer: some milliseconds of work, which whoever waits for the last one waits at most. */
const CHECKS_MAX = 128;
/** Buffers at the worker: it has the next one while it tells of one; the rest can be done here. */
const UNDER_WAY_MAX = 2;
/** It holds one buffer and the code. */
const WORKER_HEAP_MIB = 64;

export interface SignatureChecker {
  /** A byte for each check, 1 = good. */
  check(checks: readonly SignatureCheck[], rule: Rule): Promise<Uint8Array>;
  /** Does some of what waits on this thread; false where nothing does. */
  help(): boolean;
  /** What is under way is still answered. */
  close(): void;
}

/** Checks on this thread at once; also for a simulator with signatures of its own. */
export function inlineChecker(checkHere: typeof checkAll = checkAll): SignatureChecker {
  return {
    check: (checks, rule) => Promise.resolve(checkHere(checks, checks.length, rule)),
    help: () => false,
    close: () => {},
  };
}

export function workerChecker(): SignatureChecker {
  return new WorkerChecker();
}

interface Part {
  readonly checks: readonly SignatureCheck[];
  readonly rule: Rule;
  readonly done: (outcome: Outcome) => void;
}

class WorkerChecker implements SignatureChecker {
  #worker: Worker | undefined;
  #waiting: Part[] = [];
  #underWay: Part[] = [];

  async check(checks: readonly SignatureCheck[], rule: Rule): Promise<Uint8Array> {
    const parts: Promise<Outcome>[] = [];
    for (let from = 0; from < checks.length; from += CHECKS_MAX) {
      const some = checks.slice(from, from + CHECKS_MAX);
      parts.push(
        new Promise((done) => {
          this.#waiting.push({ checks: some, rule, done });
        }),
      );
    }
    this.#feed();
    const outcomes = await Promise.all(parts);
    if (outcomes.length === 1) return outcomes[0] as Outcome;
    const joined = new Uint8Array(checks.length);
    outcomes.forEach((outcome, i) => {
      joined.set(outcome, i * CHECKS_MAX);
    });
    return joined;
  }

  help(): boolean {
    const part = this.#waiting.shift();
    if (part === undefined) return false;
    checkHere(part);
    return true;
  }

  close(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.removeAllListeners();
    worker?.terminate().catch(() => undefined);
    this.#finishHere();
  }

  #feed(): void {
    while (this.#underWay.length < UNDER_WAY_MAX) {
      const part = this.#waiting.shift();
      if (part === undefined) return;
      this.#worker ??= this.#start();
      this.#underWay.push(part);
      this.#worker.ref();
      const checks = packChecks(part.checks);
      this.#worker.postMessage({ rule: part.rule, checks }, [checks.buffer]);
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'signatures',
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MIB },
    });
    worker.on('message', (outcome: Outcome) => {
      this.#underWay.shift()?.done(outcome);
      this.#feed();
      if (this.#underWay.length === 0) worker.unref();
    });
    // Whatever ended it, the answers are the same from here; the next check starts another one.
    worker.on('error', () => {
      this.#worker = undefined;
      this.#finishHere();
    });
    return worker;
  }

  #finishHere(): void {
    const left = [...this.#underWay, ...this.#waiting];
    this.#underWay = [];
    this.#waiting = [];
    for (const part of left) checkHere(part);
  }
}

function checkHere({ checks, rule, done }: Part): void {
  done(checkAll(checks, checks.length, rule));
}
