/** Until when the transactions submitted here are valid: tells `expired` from `unknown`. */
import { toHex } from '../common/bytes.ts';
import { SUBMITTED_MAX } from './limits.ts';

/** Remembers the newest `SUBMITTED_MAX`; forgetting one only makes an answer less exact. */
export class SubmittedTransactions {
  readonly #validUntil = new Map<string, number>();

  remember(id: Uint8Array, validUntil: number): void {
    const key = toHex(id);
    if (this.#validUntil.has(key)) return;
    this.#validUntil.set(key, validUntil);
    if (this.#validUntil.size <= SUBMITTED_MAX) return;
    const [oldest] = this.#validUntil.keys();
    if (oldest !== undefined) this.#validUntil.delete(oldest);
  }

  /** Ledger time in ms, where known. */
  validUntil(id: Uint8Array): number | undefined {
    return this.#validUntil.get(toHex(id));
  }
}
