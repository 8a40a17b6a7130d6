/**
 * Checks the signatures of transactions, each once: the outcome is kept by the digest of all
 * received bytes. What comes through a door is checked elsewhere (`checker.ts`) before anybody
 * needs it; what a block brings that nobody has seen, on this thread and at once.
 */
import type { SignatureCheck } from '../common/signature.ts';
import {
  isSignedWell,
  leafOf,
  type ReceivedTransaction,
  signatureChecks,
  signedWell,
} from '../ledger/transaction.ts';
import type { SignatureChecker } from './checker.ts';
import type { Rule } from './checks.ts';

export interface TransactionVerifier {
  /** The consensus rule: every signature is good under ZIP-215, and there is one. */
  verify(received: ReceivedTransaction): boolean;
  /** As `verify` of each, without holding up this thread. */
  verifyAll(transactions: readonly ReceivedTransaction[]): Promise<readonly boolean[]>;
  /**
   * Cheap for what strangers send: stricter, so a no is no answer to `verify`. All that is asked in
   * one turn of the event loop is checked together.
   */
  verifyAtDoor(transactions: readonly ReceivedTransaction[]): Promise<readonly boolean[]>;
  close(): void;
}

/** How often signatures were checked, and how often not again. */
export interface VerifierMetrics {
  readonly verifications: { inc(labels: { how: 'checked' | 'cached' }, count?: number): void };
}

/** On the way from a door to the mempool, which knows its own, and of some full blocks; 3 MB. */
const VERIFIED_MAX = 32_768;

export interface VerifierOptions {
  readonly checker: SignatureChecker;
  readonly metrics?: VerifierMetrics;
  /** How many outcomes are kept at most; 0 where nothing comes twice. */
  readonly remembered?: number;
}

export function createVerifier(options: VerifierOptions): TransactionVerifier {
  return new Verifier(options);
}

/** What somebody waits for at the door. */
interface Asked {
  readonly transactions: readonly ReceivedTransaction[];
  readonly answer: (outcomes: readonly boolean[]) => void;
}

class Verifier implements TransactionVerifier {
  readonly #options: VerifierOptions;
  readonly #known: OutcomeCache;
  readonly #nameOf: (received: ReceivedTransaction) => string;
  /** At the door in this turn. */
  #asked: Asked[] = [];

  constructor(options: VerifierOptions) {
    this.#options = options;
    const { remembered = VERIFIED_MAX } = options;
    this.#known = new OutcomeCache(remembered);
    this.#nameOf = remembered === 0 ? () => '' : leafOf;
  }

  verify(received: ReceivedTransaction): boolean {
    const name = this.#nameOf(received);
    const before = this.#known.get(name);
    this.#count(before === undefined ? 'checked' : 'cached', 1);
    if (before !== undefined) return before;
    const good = isSignedWell(received, this.#options.checker.verify);
    this.#known.set(name, good);
    return good;
  }

  async verifyAll(transactions: readonly ReceivedTransaction[]): Promise<readonly boolean[]> {
    return this.#check(transactions, 'consensus');
  }

  async verifyAtDoor(transactions: readonly ReceivedTransaction[]): Promise<readonly boolean[]> {
    if (this.#asked.length === 0) queueMicrotask(() => void this.#answerDoor());
    return new Promise((answer) => {
      this.#asked.push({ transactions, answer });
    });
  }

  close(): void {
    this.#options.checker.close();
  }

  async #answerDoor(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    const [first, ...others] = asked;
    const all =
      first === undefined || others.length === 0
        ? (first?.transactions ?? [])
        : asked.flatMap(({ transactions }) => transactions);
    const outcomes = await this.#check(all, 'door');
    let from = 0;
    for (const { transactions, answer } of asked) {
      answer(outcomes.slice(from, from + transactions.length));
      from += transactions.length;
    }
  }

  /** Checks all signatures of each; at the door only what is good is known from now on. */
  async #check(transactions: readonly ReceivedTransaction[], rule: Rule): Promise<boolean[]> {
    const outcomes: boolean[] = [];
    const unknown: number[] = [];
    const unchecked: ReceivedTransaction[] = [];
    const checks: SignatureCheck[] = [];
    for (const [i, received] of transactions.entries()) {
      const before = this.#known.get(this.#nameOf(received));
      outcomes.push(before ?? false);
      if (before !== undefined) continue;
      unknown.push(i);
      unchecked.push(received);
      checks.push(...signatureChecks(received));
    }
    this.#count('cached', transactions.length - unknown.length);
    this.#count('checked', unknown.length);
    if (unknown.length === 0) return outcomes;
    const single = await this.#options.checker.check(checks, rule);
    for (const [n, good] of signedWell(unchecked, single).entries()) {
      outcomes[unknown[n] as number] = good;
      if (!good && rule === 'door') continue;
      this.#known.set(this.#nameOf(unchecked[n] as ReceivedTransaction), good);
    }
    return outcomes;
  }

  #count(how: 'checked' | 'cached', count: number): void {
    if (count > 0) this.#options.metrics?.verifications.inc({ how }, count);
  }
}

/** Keeps at least the newest half of `capacity` outcomes, in constant time. */
class OutcomeCache {
  readonly #generation: number;
  #young = new Map<string, boolean>();
  #old = new Map<string, boolean>();

  constructor(capacity: number) {
    this.#generation = capacity / 2;
  }

  get(name: string): boolean | undefined {
    return this.#young.get(name) ?? this.#old.get(name);
  }

  set(name: string, outcome: boolean): void {
    if (this.#generation === 0) return;
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, outcome);
  }
}
