/** Until when the transactions submitted here are valid: tells `expired` from `unknown`. */
import { keyText } from '../common/bytes.ts';
import { SECRET_WORDS } from '../common/digest-map.ts';
import { Generations } from '../common/generations.ts';
import { SUBMITTED_MAX } from './limits.ts';

/** Remembers the newest `SUBMITTED_MAX`; forgetting one only makes an answer less exact. */
export class SubmittedTransactions {
  readonly #validUntil = new Generations<number>(
    SUBMITTED_MAX,
    crypto.getRandomValues(new Uint32Array(SECRET_WORDS)),
  );

  remember(id: Uint8Array, validUntil: number): void {
    this.#validUntil.set(keyText(id), validUntil);
  }

  /** Ledger time in ms, where known. */
  validUntil(id: Uint8Array): number | undefined {
    return this.#validUntil.get(keyText(id));
  }
}
