/**
 * Checks the signatures of transactions, each once: the outcome is kept by the digest of all
 * received bytes. What comes through a door is checked elsewhere (`checker.ts`) before anybody
 * needs it; what a block brings that nobody has seen, on this thread and at once.
 */
import { leafOf, type ReceivedTransaction } from '../ledger/transaction.ts';
import type { SignatureChecker } from './checker.ts';
import type { Rule, SignatureCheck } from './checks.ts';

export interface TransactionVerifier {
  /** The consensus rule: every signature is good under ZIP-215, and there is one. */
  verify(received: ReceivedTransaction): boolean;
  /** As `verify` of each, without holding up this thread. */
  verifyAll(transactions: readonly ReceivedTransaction[]): Promise<readonly boolean[]>;
  /**
   * Cheap for what strangers send: stricter, so a no is no answer to `verify`. All that is asked in
   * one turn of the event loop is checked together.
   */
  verifyAtDoor(received: ReceivedTransaction): Promise<boolean>;
  /** Does some of what waits on this thread; false where nothing does. */
  help(): boolean;
  close(): void;
}

/** How often signatures were checked, and how often not again. */
export interface VerifierMetrics {
  readonly verifications: { inc(labels: { how: 'checked' | 'cached' }, count?: number): void };
}

/** Ten minutes (the longest validity) of 300 transactions a second; about 20 MB when full. */
const VERIFIED_MAX = 200_000;

export interface VerifierOptions {
  readonly checker: SignatureChecker;
  /** One signature on this thread. */
  readonly verify: (signature: Uint8Array, message: Uint8Array, key: Uint8Array) => boolean;
  readonly metrics?: VerifierMetrics;
  /** How many outcomes are kept at most; 0 where nothing comes twice. */
  readonly remembered?: number;
}

export function createVerifier(options: VerifierOptions): TransactionVerifier {
  return new Verifier(options);
}

interface Named {
  readonly received: ReceivedTransaction;
  /** Of all its bytes. */
  readonly name: string;
}

interface Asked extends Named {
  readonly answer: (good: boolean) => void;
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
    const { verify } = this.#options;
    const { signatures } = received.transaction;
    const good =
      signatures.length > 0 &&
      signatures.every(({ key, signature }) => verify(signature, received.id, key));
    this.#known.set(name, good);
    return good;
  }

  async verifyAll(transactions: readonly ReceivedTransaction[]): Promise<readonly boolean[]> {
    const named = transactions.map((received) => ({ received, name: this.#nameOf(received) }));
    const outcomes = named.map(({ name }) => this.#known.get(name));
    const unknown = named.filter((_, i) => outcomes[i] === undefined);
    this.#count('cached', transactions.length - unknown.length);
    const checked = await this.#check(unknown, 'consensus');
    let next = 0;
    return outcomes.map((outcome) => outcome ?? (checked[next++] as boolean));
  }

  verifyAtDoor(received: ReceivedTransaction): Promise<boolean> {
    const name = this.#nameOf(received);
    const before = this.#known.get(name);
    if (before !== undefined) {
      this.#count('cached', 1);
      return Promise.resolve(before);
    }
    if (this.#asked.length === 0) queueMicrotask(() => void this.#answerDoor());
    return new Promise((answer) => {
      this.#asked.push({ received, name, answer });
    });
  }

  help(): boolean {
    return this.#options.checker.help();
  }

  close(): void {
    this.#options.checker.close();
  }

  async #answerDoor(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    const outcomes = await this.#check(asked, 'door');
    asked.forEach(({ answer }, i) => {
      answer(outcomes[i] as boolean);
    });
  }

  /** Checks all signatures of each; at the door only what is good is known from now on. */
  async #check(named: readonly Named[], rule: Rule): Promise<boolean[]> {
    if (named.length === 0) return [];
    this.#count('checked', named.length);
    const checks = named.flatMap(({ received }) => checksOf(received));
    const single = await this.#options.checker.check(checks, rule);
    let at = 0;
    return named.map(({ received, name }) => {
      const from = at;
      at += received.transaction.signatures.length;
      const good = at > from && !single.subarray(from, at).includes(0);
      if (good || rule === 'consensus') this.#known.set(name, good);
      return good;
    });
  }

  #count(how: 'checked' | 'cached', count: number): void {
    this.#options.metrics?.verifications.inc({ how }, count);
  }
}

/** Signatures cover the id. */
function checksOf({ transaction, id }: ReceivedTransaction): SignatureCheck[] {
  return transaction.signatures.map(({ key, signature }) => ({ signature, message: id, key }));
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
