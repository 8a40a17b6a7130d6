/** What senders used of their quotas. What a block includes is charged, applied or not. */
import type { Parameters } from '../../ledger/parameters.ts';
import {
  type Amount,
  charged,
  isWithin,
  NOTHING,
  NOTHING_USED,
  type Quota,
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

/**
 * Charges senders for all transactions of a block, whose time this is. One after the other comes to
 * the same as all at once, since nothing is refilled meanwhile.
 */
export function chargeAll(
  draft: Draft,
  { time, parameters }: { readonly time: number; readonly parameters: Parameters },
  transactions: readonly ReceivedTransaction[],
): void {
  const amounts = new Map<string, Amount>();
  for (const received of transactions) {
    const { sender } = received.transaction;
    const { operations, bytes } = amountOf(received);
    const before = amounts.get(sender) ?? NOTHING;
    amounts.set(sender, {
      operations: before.operations + operations,
      bytes: before.bytes + bytes,
    });
  }
  for (const [sender, amount] of amounts) {
    const usage = charged(readUsage(draft, sender), amount, quotaOf(sender, parameters), time);
    draft.put(stateKey.usage(sender), draft.encode(usageSchema, usage));
  }
}

/** A sender's, and what it used of that so far. */
interface Account {
  readonly quota: Quota;
  usage: Usage;
}

/** The usages of senders over a state, with what is taken one after the other at one time. */
export class Usages {
  readonly #usageOf: (sender: string) => Usage;
  readonly #parameters: Parameters;
  readonly #time: number;
  readonly #accounts = new Map<string, Account>();

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
    const account = this.#accounts.get(sender) ?? this.#account(sender);
    const next = charged(account.usage, amount, account.quota, this.#time);
    if (!isWithin(next, account.quota)) return false;
    account.usage = next;
    return true;
  }

  #account(sender: string): Account {
    const quota = quotaOf(sender, this.#parameters);
    const account = { quota, usage: this.#usageOf(sender) };
    this.#accounts.set(sender, account);
    return account;
  }
}
