/**
 * Judging a block as a child of a point: its header against what the parent says, and each of its
 * transactions on the parent's state. View, proposer and wall-clock time are consensus' business.
 */
import { equalBytes } from '../common/bytes.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Block, Header } from '../ledger/block.ts';
import type { Parameters } from '../ledger/parameters.ts';
import type { Usage } from '../ledger/quotas.ts';
import type { ReceivedTransaction } from '../ledger/transaction.ts';
import { amountOf, Usages } from './execution/quotas.ts';
import type { SenderKeys } from './execution/sender.ts';
import { judgeTransaction, type ValidityContext } from './execution/validity.ts';
import { IdSet } from './id-set.ts';
import type { ChildHeader } from './point.ts';
import type { Reception } from './reception.ts';

/**
 * Codes of an invalid block; `BOUNDARY` is an epoch's last one that isn't empty, `DIVERGED` one
 * where all but the parent's roots holds.
 */
export type JudgementCode = 'HEADER' | 'BOUNDARY' | 'LIMITS' | 'TRANSACTION' | 'DIVERGED';

/** What judging needs to know of the parent; a `Point` is one. */
export interface JudgedParent {
  readonly block: Block;
  readonly outcome: { readonly parameters: Parameters };
  /** What the child's header must say. */
  readonly child: ChildHeader;
  /** Whether the child has to be its epoch's last. */
  readonly childIsBoundary: boolean;
  /** Whether a block of its branch that is not final yet has the transaction. */
  includes(id: Uint8Array): boolean;
  senderKeys(sender: string): SenderKeys | undefined;
  /** What a sender has used of its quota in the state after this block. */
  usage(sender: string): Usage;
}

type Judgement<T> = Result<T, JudgementCode>;

/** What judging needs beyond the parent. */
export interface JudgeOptions {
  readonly reception: Reception;
  /** Whether a final block of the replay window has the transaction. */
  readonly isUsed: (id: Uint8Array) => boolean;
}

/** The block's decoded transactions, where it is a valid child of `parent`. */
export function judgeBlock(
  parent: JudgedParent,
  block: Block,
  options: JudgeOptions,
): Judgement<readonly ReceivedTransaction[]> {
  const header = judgeLinks(parent, block.header);
  if (!header.ok) return header;
  if (parent.childIsBoundary && block.transactions.length > 0) {
    return failure('BOUNDARY', 'the last block of an epoch holds transactions');
  }
  const transactions = judgeTransactions(parent, block, options);
  if (!transactions.ok) return transactions;
  const roots = judgeRoots(parent, block.header);
  return roots.ok ? transactions : roots;
}

const LINKS = [
  'chain',
  'epoch',
  'height',
  'parent',
  'historyRoot',
  'validators',
  'nextValidators',
] as const;
const ROOTS = ['stateRoot', 'resultRoot'] as const;

/** The first of `fields` in which the header isn't what `parent` says. */
function difference(
  parent: JudgedParent,
  header: Header,
  fields: readonly (typeof LINKS | typeof ROOTS)[number][],
): string | undefined {
  return fields.find((field) => {
    const [expected, given] = [parent.child[field], header[field]];
    if (expected instanceof Uint8Array) return !equalBytes(expected, given as Uint8Array);
    return expected !== given;
  });
}

function judgeLinks(parent: JudgedParent, header: Header): Judgement<null> {
  const field = difference(parent, header, LINKS);
  if (field !== undefined) return failure('HEADER', `the header's ${field} doesn't follow`);
  if (header.time >= parent.block.header.time) return success(null);
  return failure('HEADER', "the header's time is before its parent's");
}

function judgeRoots(parent: JudgedParent, header: Header): Judgement<null> {
  const field = difference(parent, header, ROOTS);
  return field === undefined
    ? success(null)
    : failure('DIVERGED', `the header's ${field} isn't what executing the parent gives`);
}

function judgeTransactions(
  parent: JudgedParent,
  block: Block,
  options: JudgeOptions,
): Judgement<readonly ReceivedTransaction[]> {
  const reading = options.reception.read(block);
  if (!reading.ok) return reading;
  const { transactions } = reading.value;
  const budget = new BlockBudget(parent.outcome.parameters);
  const eligibility = new Eligibility(parent, block.header.time, options.isUsed);
  for (const [i, received] of transactions.entries()) {
    if (!budget.take(received)) return failure('LIMITS', 'more than a block may hold');
    const judged = eligibility.take(received);
    if (!judged.ok) return failure('TRANSACTION', `transaction ${i}: ${judged.message}`);
  }
  // Last, because it costs most where it wasn't done ahead.
  const forged = options.reception.forged(reading.value);
  if (forged < 0) return success(transactions);
  return failure('TRANSACTION', `transaction ${forged}: a signature is not good`);
}

/** What is left of a block's limits. */
export class BlockBudget {
  #bytes: number;
  #operations: number;

  /** @param operations by default as many as a block may hold */
  constructor(parameters: Parameters, operations = parameters.blockOperationsMax) {
    this.#bytes = parameters.blockBytesMax;
    this.#operations = operations;
  }

  /** Takes the transaction's part, or answers false. */
  take({ bytes, transaction }: ReceivedTransaction): boolean {
    const operations = transaction.operations.length;
    if (bytes.length > this.#bytes || operations > this.#operations) return false;
    this.#bytes -= bytes.length;
    this.#operations -= operations;
    return true;
  }
}

/** Which transactions a child of `parent` may hold, counted in order. */
export class Eligibility {
  readonly #parent: JudgedParent;
  readonly #context: ValidityContext;
  readonly #isUsed: (id: Uint8Array) => boolean;
  readonly #taken = new IdSet();
  readonly #usages: Usages;

  /** @param time the child's time in ms */
  constructor(parent: JudgedParent, time: number, isUsed: (id: Uint8Array) => boolean) {
    this.#parent = parent;
    const { parameters } = parent.outcome;
    this.#context = {
      chain: parent.block.header.chain,
      parameters,
      time,
      senderKeys: (sender) => parent.senderKeys(sender),
    };
    this.#isUsed = isUsed;
    this.#usages = new Usages((sender) => parent.usage(sender), parameters, time);
  }

  /** Judges all but the signatures themselves; a transaction can be taken once. */
  take(received: ReceivedTransaction): Result<null> {
    const parent = this.#parent;
    const { id } = received;
    // First, because it is cheap and true of most that wait while blocks are not final yet.
    if (parent.includes(id) || this.#isUsed(id)) return INCLUDED;
    const judged = judgeTransaction(received, this.#context);
    if (!judged.ok) return judged;
    if (this.#taken.has(id)) return INCLUDED;
    if (!this.#usages.take(received.transaction.sender, amountOf(received))) return ABOVE_QUOTA;
    this.#taken.add(id);
    return judged;
  }
}

const ABOVE_QUOTA = failure('QUOTA_EXCEEDED', 'the quota of its sender is used up');
const INCLUDED = failure('DUPLICATE', 'the transaction was included before');
