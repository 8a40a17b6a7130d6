/** What senders used of their quotas. What a block includes is charged, applied or not. */
import { encode } from '../../common/codec/index.ts';
import type { Parameters } from '../../ledger/parameters.ts';
import {
  type Amount,
  charged,
  isWithin,
  NOTHING_USED,
  quotaOf,
  type Usage,
  usageSchema,
} from '../../ledger/quotas.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import type { ReceivedTransaction } from '../../ledger/transaction.ts';
import type { Draft, Reading } from './draft.ts';
import { readStored } from './stored.ts';

export function readUsage(state: Reading, sender: string): Usage {
  const value = state.get(stateKey.usage(sender));
  return value === undefined ? NOTHING_USED : readStored(usageSchema, value, `usage of ${sender}`);
}

export function amountOf({ transaction, bytes }: ReceivedTransaction): Amount {
  return { operations: transaction.operations.length, bytes: bytes.length };
}

/** The usages of senders over a state, with what is taken one after the other at one time. */
export class Usages {
  readonly #usageOf: (sender: string) => Usage;
  readonly #parameters: Parameters;
  readonly #time: number;
  readonly #taken = new Map<string, Usage>();

  /**
   * @param usageOf in that state
   * @param time ledger time in ms
   */
  constructor(usageOf: (sender: string) => Usage, parameters: Parameters, time: number) {
    this.#usageOf = usageOf;
    this.#parameters = parameters;
    this.#time = time;
  }

  /** Takes the amount from the sender's quota; false, and nothing taken, where it lacks that. */
  take(sender: string, amount: Amount): boolean {
    const quota = quotaOf(sender, this.#parameters);
    const next = charged(this.#usage(sender), amount, quota, this.#time);
    if (!isWithin(next, quota)) return false;
    this.#taken.set(sender, next);
    return true;
  }

  /** Takes it in any case: a valid block has nothing above a quota. */
  charge(sender: string, amount: Amount): void {
    const quota = quotaOf(sender, this.#parameters);
    this.#taken.set(sender, charged(this.#usage(sender), amount, quota, this.#time));
  }

  write(draft: Draft): void {
    for (const [sender, usage] of this.#taken) {
      draft.put(stateKey.usage(sender), encode(usageSchema, usage));
    }
  }

  #usage(sender: string): Usage {
    return this.#taken.get(sender) ?? this.#usageOf(sender);
  }
}
