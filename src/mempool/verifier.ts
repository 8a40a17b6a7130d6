/**
 * Checks the signatures of transactions, each once: the outcome is kept by the hash of all received
 * bytes. The pool knows only the interface, so that worker threads can come behind it.
 */
import { toHex } from '../common/bytes.ts';
import { sha256 } from '../common/hash.ts';
import { type Verify, verify, verifyAtDoor } from '../common/signature.ts';
import type { ReceivedTransaction } from '../ledger/transaction.ts';
import type { MempoolMetrics } from './metrics.ts';

export interface TransactionVerifier {
  /** The consensus rule: every signature is good under ZIP-215, and there is one. */
  verify(received: ReceivedTransaction): boolean;
  /** As `verify`, but cheap for what strangers send: stricter, so a no is no answer to `verify`. */
  verifyAtDoor(received: ReceivedTransaction): boolean;
}

/** Ten minutes (the longest validity) of 300 transactions a second; about 20 MB when full. */
const VERIFIED_MAX = 200_000;

/** Signatures cover the id; there must be at least one. */
function signed(received: ReceivedTransaction, check: Verify): boolean {
  const { signatures } = received.transaction;
  return (
    signatures.length > 0 &&
    signatures.every(({ key, signature }) => check(signature, received.id, key))
  );
}

/** Verifies on this thread. */
export function createVerifier(metrics: MempoolMetrics): TransactionVerifier {
  const known = new OutcomeCache(VERIFIED_MAX);
  const checked = (received: ReceivedTransaction, check: Verify, final: boolean): boolean => {
    const key = toHex(sha256(received.bytes));
    const before = known.get(key);
    if (before !== undefined) {
      metrics.verifications.inc({ how: 'cached' });
      return before;
    }
    metrics.verifications.inc({ how: 'checked' });
    const good = signed(received, check);
    if (good || final) known.set(key, good);
    return good;
  };
  return {
    verify: (received) => checked(received, verify, true),
    verifyAtDoor: (received) => checked(received, verifyAtDoor, false),
  };
}

/** Keeps at least the newest half of `capacity` outcomes, in constant time. */
class OutcomeCache {
  readonly #generation: number;
  #young = new Map<string, boolean>();
  #old = new Map<string, boolean>();

  constructor(capacity: number) {
    this.#generation = capacity / 2;
  }

  get(key: string): boolean | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, outcome: boolean): void {
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, outcome);
  }
}
