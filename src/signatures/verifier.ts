/**
 * Checks the signatures of transactions, each once: the outcome is kept by the digest of all
 * received bytes. What comes through a door is checked elsewhere (`checker.ts`) before anybody
 * needs it; what a block brings that nobody has seen, on this thread and at once. What is under way
 * when a block brings it is waited for.
 */
import { SECRET_WORDS } from '../common/digest-map.ts';
import { Generations } from '../common/generations.ts';
import { isSignedWell, leafOf, type ReceivedTransaction } from '../ledger/transaction.ts';
import type { Question, SignatureChecker } from './checker.ts';
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
  readonly verifications: { inc(labels: { how: How }, count?: number): void };
}

/** `joined`: somebody else's check was under way, and its answer was waited for. */
export type How = 'checked' | 'cached' | 'joined';

/** On the way from a door to the mempool, which knows its own, and of some full blocks; 3 MB. */
const VERIFIED_MAX = 32_768;

export interface VerifierOptions {
  readonly checker: SignatureChecker;
  readonly metrics?: VerifierMetrics;
}

export function createVerifier(options: VerifierOptions): TransactionVerifier {
  return new Verifier(options);
}

/** What somebody waits for at the door. */
interface Visit {
  readonly transactions: readonly ReceivedTransaction[];
  readonly answer: (outcomes: readonly boolean[]) => void;
}

/** Transactions whose signatures are being checked. */
class UnderWay {
  readonly transactions: readonly ReceivedTransaction[];
  readonly #answer = Promise.withResolvers<Uint8Array>();
  question: Question | undefined;

  constructor(transactions: readonly ReceivedTransaction[]) {
    this.transactions = transactions;
  }

  /** A byte for each, 1 = good. */
  get outcomes(): Promise<Uint8Array> {
    return this.#answer.promise;
  }

  settle(outcomes: Uint8Array): void {
    this.#answer.resolve(outcomes);
  }
}

class Verifier implements TransactionVerifier {
  readonly #options: VerifierOptions;
  readonly #known = new Generations<Outcome>(
    VERIFIED_MAX / 2,
    crypto.getRandomValues(new Uint32Array(SECRET_WORDS)),
  );
  /** At the door in this turn. */
  #visits: Visit[] = [];

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  verify(received: ReceivedTransaction): boolean {
    const name = leafOf(received);
    const before = this.#known.get(name);
    const known = before instanceof UnderWay ? this.#join(before, name) : before;
    if (known !== undefined) {
      this.#count(known === before ? 'cached' : 'joined', 1);
      return known;
    }
    this.#count('checked', 1);
    const good = isSignedWell(received, this.#options.checker.verify);
    this.#known.set(name, good);
    return good;
  }

  verifyAll(transactions: readonly ReceivedTransaction[]): Promise<readonly boolean[]> {
    return this.#verifyAll(transactions, 'consensus');
  }

  verifyAtDoor(transactions: readonly ReceivedTransaction[]): Promise<readonly boolean[]> {
    // After all that came in this turn, however many steps lie between: a check alone costs twice.
    if (this.#visits.length === 0) setImmediate(() => void this.#answerDoor());
    return new Promise((answer) => {
      this.#visits.push({ transactions, answer });
    });
  }

  close(): void {
    this.#options.checker.close();
  }

  async #answerDoor(): Promise<void> {
    const visits = this.#visits;
    this.#visits = [];
    const all = visits.flatMap(({ transactions }) => transactions);
    const outcomes = await this.#verifyAll(all, 'door');
    let from = 0;
    for (const { transactions, answer } of visits) {
      answer(outcomes.slice(from, from + transactions.length));
      from += transactions.length;
    }
  }

  /** Whether the signatures of each are good; at the door a no may be one of its own rule. */
  async #verifyAll(transactions: readonly ReceivedTransaction[], rule: Rule): Promise<boolean[]> {
    const good: boolean[] = [];
    const [unknown, places]: [ReceivedTransaction[], number[]] = [[], []];
    const joined: [UnderWay, number][] = [];
    for (let i = 0; i < transactions.length; i++) {
      const received = transactions[i] as ReceivedTransaction;
      const before = this.#known.get(leafOf(received));
      good.push(before === true);
      if (before instanceof UnderWay) joined.push([before, i]);
      if (before !== undefined) continue;
      unknown.push(received);
      places.push(i);
    }
    this.#count('cached', transactions.length - unknown.length - joined.length);
    const outcomes = await this.#check(unknown, rule);
    for (let n = 0; n < places.length; n++) good[places[n] as number] = outcomes[n] === 1;
    for (const [underWay, place] of joined) {
      good[place] = await this.#joined(underWay, transactions[place] as ReceivedTransaction, rule);
    }
    return good;
  }

  #check(transactions: readonly ReceivedTransaction[], rule: Rule): Promise<Uint8Array> {
    this.#count('checked', transactions.length);
    const underWay = new UnderWay(transactions);
    for (const received of transactions) this.#known.set(leafOf(received), underWay);
    underWay.question = this.#options.checker.check(transactions, rule, (outcomes) => {
      for (let i = 0; i < transactions.length; i++) {
        // A no of the door is forgotten.
        const name = leafOf(transactions[i] as ReceivedTransaction);
        const good = outcomes[i] === 1;
        if (good || rule === 'consensus') this.#known.set(name, good);
        else this.#known.delete(name);
      }
      underWay.settle(outcomes);
    });
    return underWay.outcomes;
  }

  /** What the check that is under way gives; undefined where a no is one of the door. */
  #join({ question }: UnderWay, name: string): boolean | undefined {
    question?.finish();
    const outcome = this.#known.get(name);
    return outcome instanceof UnderWay ? undefined : outcome;
  }

  async #joined(
    { transactions, outcomes }: UnderWay,
    received: ReceivedTransaction,
    rule: Rule,
  ): Promise<boolean> {
    const name = leafOf(received);
    const place = transactions.findIndex((each) => leafOf(each) === name);
    const good = (await outcomes)[place] === 1;
    if (!good && rule === 'consensus' && this.#known.get(name) !== false) {
      return (await this.#check([received], rule))[0] === 1;
    }
    this.#count('joined', 1);
    return good;
  }

  #count(how: How, count: number): void {
    if (count > 0) this.#options.metrics?.verifications.inc({ how }, count);
  }
}

type Outcome = boolean | UnderWay;
