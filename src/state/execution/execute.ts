/**
 * Executing the transactions of a block: total and deterministic. Each one is applied as a whole or
 * rejected with a stable code, in which case nothing of it happened but that its id is used up.
 */
import type { TransactionResult } from '../../ledger/block.ts';
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import {
  type ReceivedTransaction,
  type Sender,
  senderOf,
  type Transaction,
} from '../../ledger/transaction.ts';
import { Draft, type StateBase } from './draft.ts';
import { readParameters } from './epochs.ts';
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
import { amountOf, readUsage, Usages } from './quotas.ts';
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
  return operations.every(({ op }) => RULES[op].by.includes(kind));
}

/** The result code of a transaction that was applied. */
export const APPLIED = '';

/** The block that transactions are executed in. */
export interface ExecutionContext {
  readonly height: number;
  /** The block's time in ms. */
  readonly time: number;
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
  const results = transactions.map((received) => {
    draft.begin();
    const code = isStillAuthorised(draft, context, received.transaction)
      ? applyTransaction(draft, context, received)
      : 'UNAUTHORISED';
    if (code !== null) draft.rollback();
    return { transaction: received.id, code: code ?? APPLIED };
  });
  const usageOf = (sender: string) => readUsage(parent, sender);
  const usages = new Usages(usageOf, readParameters(parent), context.time);
  for (const each of transactions) usages.charge(each.transaction.sender, amountOf(each));
  draft.begin();
  usages.write(draft);
  return { draft, results };
}

function applyTransaction(
  draft: Draft,
  { height, time }: ExecutionContext,
  { transaction, id }: ReceivedTransaction,
): RejectionCode | null {
  const signer = transaction.signatures[0];
  const sender = senderOf(transaction.sender);
  if (signer === undefined || !mayDo(sender, transaction.operations)) return 'UNAUTHORISED';
  const signers = transaction.signatures.map(({ key }) => key);
  const origin = { sender, key: signer.key, signers, height, time, transaction: id };
  for (const [position, operation] of transaction.operations.entries()) {
    const { apply } = RULES[operation.op] as Rule<Operation>;
    const code = apply(draft, { ...origin, operation: position }, operation);
    if (code !== null) return code;
  }
  return null;
}

/**
 * Whether the keys that signed may still sign, after earlier transactions of the block: before it
 * they could, or the block would be invalid.
 */
function isStillAuthorised(
  draft: Draft,
  { time }: ExecutionContext,
  { sender: text, signatures }: Transaction,
): boolean {
  if (!draft.values.has(senderEntry(text))) return true;
  const keys = senderKeys(draft, text);
  const signers = signatures.map(({ key }) => key);
  return keys !== undefined && maySign(keys, signers, time);
}
