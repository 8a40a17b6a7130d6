/**
 * Executing the transactions of a block: total and deterministic. Each one is applied as a whole or
 * rejected with a stable code, in which case nothing of it happened but that its id is used up.
 */
import type { TransactionResult } from '../../ledger/block.ts';
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import type { Parameters } from '../../ledger/parameters.ts';
import {
  type ReceivedTransaction,
  type Sender,
  senderOf,
  type Transaction,
} from '../../ledger/transaction.ts';
import { Draft, type StateBase } from './draft.ts';
import type { Handler, RejectionCode } from './handler.ts';
import { applyStatement } from './modules/assets/statement.ts';
import { applyExecute } from './modules/governance/execute.ts';
import { applyPropose } from './modules/governance/propose.ts';
import { applyVote } from './modules/governance/vote.ts';
import { applyWithdraw } from './modules/governance/withdraw.ts';
import { applyReady } from './modules/members/ready.ts';
import { applyPublisherBind, applyPublisherUnbind } from './modules/publishers/bind.ts';
import { applyDomainAttest, applyDomainUnattest } from './modules/publishers/domain.ts';
import { applyKeyAdd, applyKeyCompromised, applyKeyRevoke } from './modules/publishers/keys.ts';
import { applyRegister } from './modules/publishers/register.ts';
import { applyPublisherSet } from './modules/publishers/set.ts';
import { applyUnvouch, applyVouch } from './modules/publishers/vouch.ts';
import { applyRecordPut } from './modules/records/put.ts';
import { chargeAll } from './quotas.ts';
import { maySign, senderEntry, senderKeys } from './sender.ts';

/** Who may do an operation, and its rule. */
interface Rule<O> {
  readonly by: readonly Sender['kind'][];
  readonly apply: Handler<O>;
}

type Rules = { readonly [O in Operation as O['op']]: Rule<O> };

const RULES: Rules = {
  [OPERATION.STATEMENT]: { by: ['publisher'], apply: applyStatement },
  [OPERATION.RECORD_PUT]: { by: ['publisher'], apply: applyRecordPut },
  [OPERATION.PROPOSE]: { by: ['member'], apply: applyPropose },
  [OPERATION.VOTE]: { by: ['member'], apply: applyVote },
  [OPERATION.READY]: { by: ['validator'], apply: applyReady },
  [OPERATION.WITHDRAW]: { by: ['member'], apply: applyWithdraw },
  [OPERATION.EXECUTE]: { by: ['member', 'validator'], apply: applyExecute },
  [OPERATION.PUBLISHER_REGISTER]: { by: ['member'], apply: applyRegister },
  [OPERATION.VOUCH]: { by: ['member'], apply: applyVouch },
  [OPERATION.UNVOUCH]: { by: ['member'], apply: applyUnvouch },
  [OPERATION.KEY_ADD]: { by: ['publisher', 'recovery'], apply: applyKeyAdd },
  [OPERATION.KEY_REVOKE]: { by: ['publisher', 'recovery'], apply: applyKeyRevoke },
  [OPERATION.KEY_COMPROMISED]: { by: ['recovery'], apply: applyKeyCompromised },
  [OPERATION.PUBLISHER_SET]: { by: ['publisher', 'recovery'], apply: applyPublisherSet },
  [OPERATION.PUBLISHER_BIND]: { by: ['publisher'], apply: applyPublisherBind },
  [OPERATION.PUBLISHER_UNBIND]: { by: ['publisher', 'recovery'], apply: applyPublisherUnbind },
  [OPERATION.DOMAIN_ATTEST]: { by: ['member'], apply: applyDomainAttest },
  [OPERATION.DOMAIN_UNATTEST]: { by: ['member'], apply: applyDomainUnattest },
};

/** Whether a sender of that kind may do all of these at all. */
export function mayDo({ kind }: Sender, operations: readonly Operation[]): boolean {
  for (const { op } of operations) if (!RULES[op].by.includes(kind)) return false;
  return true;
}

/** The result code of a transaction that was applied. */
export const APPLIED = '';

/** The block that transactions are executed in. */
export interface ExecutionContext {
  readonly height: number;
  /** The block's time in ms. */
  readonly time: number;
  /** In force in it. */
  readonly parameters: Parameters;
}

export interface Execution {
  /** All writes of the block, over the parent's state. */
  readonly draft: Draft;
  readonly results: readonly TransactionResult[];
}

/** Executes valid transactions (`validity.ts`) in order over the parent's state. */
export function executeTransactions(
  parent: StateBase,
  context: ExecutionContext,
  transactions: readonly ReceivedTransaction[],
): Execution {
  const draft = new Draft(parent);
  const results: TransactionResult[] = [];
  for (const received of transactions) {
    draft.begin();
    const code = executed(draft, context, received);
    if (code !== APPLIED) draft.rollback();
    results.push({ transaction: received.id, code });
  }
  draft.begin();
  chargeAll(draft, context, transactions);
  return { draft, results };
}

/** The code of the result. */
function executed(
  draft: Draft,
  { height, time }: ExecutionContext,
  { transaction, id }: ReceivedTransaction,
): RejectionCode | typeof APPLIED {
  const { operations, signatures } = transaction;
  const sender = senderOf(transaction.sender);
  const [signer] = signatures;
  if (signer === undefined || !mayDo(sender, operations)) return 'UNAUTHORISED';
  const { key } = signer;
  const signers = signatures.length === 1 ? [key] : signatures.map((each) => each.key);
  if (!isStillAuthorised(draft, time, transaction)) return 'UNAUTHORISED';
  for (let operation = 0; operation < operations.length; operation++) {
    const what = operations[operation] as Operation;
    const { apply } = RULES[what.op] as Rule<Operation>;
    const origin = { sender, key, signers, height, time, transaction: id, operation };
    const code = apply(draft, origin, what);
    if (code !== null) return code;
  }
  return APPLIED;
}

/**
 * Whether the keys that signed may still sign, after earlier transactions of the block: before it
 * they could, or the block would be invalid.
 */
function isStillAuthorised(
  draft: Draft,
  time: number,
  { sender, signatures }: Transaction,
): boolean {
  if (!draft.isWritten(senderEntry(sender))) return true;
  const keys = senderKeys(draft, sender);
  return keys !== undefined && maySign(keys, signatures, time);
}
