/** Until when the transactions submitted here are valid: tells `expired` from `unknown`. */
import { keyText } from '../common/bytes.ts';
import { SUBMITTED_MAX } from './limits.ts';

/** Remembers the newest `SUBMITTED_MAX`; forgetting one only makes an answer less exact. */
export class SubmittedTransactions {
  // A map whose oldest are deleted one by one is searched from its front, past all that are gone.
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  remember(id: Uint8Array, validUntil: number): void {
    if (this.#young.size >= SUBMITTED_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(keyText(id), validUntil);
  }

  /** Ledger time in ms, where known. */
  validUntil(id: Uint8Array): number | undefined {
    const key = keyText(id);
    return this.#young.get(key) ?? this.#old.get(key);
  }
}
