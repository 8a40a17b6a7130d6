/**
 * Executing the transactions of a block: total and deterministic. Each one is applied as a whole or
 * rejected with a stable code, in which case nothing of it happened but that its id is used up.
 */
import { keyText } from '../../common/bytes.ts';
import type { TransactionResult } from '../../ledger/block.ts';
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import {
  type ReceivedTransaction,
  type Sender,
  senderOf,
  type Transaction,
} from '../../ledger/transaction.ts';
import { Draft, type StateBase } from './draft.ts';
import type { Handler, RejectionCode } from './handler.ts';
import { applyStatement } from './modules/assets/statement.ts';
import { applyMemberPut } from './modules/members/put.ts';
import { applyReady } from './modules/members/ready.ts';
import { applyMemberRemove } from './modules/members/remove.ts';
import { activeMemberKeys, readActiveMembers, readMember } from './modules/members/state.ts';
import { applyRecordPut } from './modules/records/put.ts';

/** Who may do an operation, and its rule. */
interface Rule<O> {
  readonly by: Sender['kind'];
  readonly apply: Handler<O>;
}

type Rules = { readonly [O in Operation as O['op']]: Rule<O> };

const RULES: Rules = {
  [OPERATION.STATEMENT]: { by: 'publisher', apply: applyStatement },
  [OPERATION.RECORD_PUT]: { by: 'publisher', apply: applyRecordPut },
  [OPERATION.MEMBER_PUT]: { by: 'member', apply: applyMemberPut },
  [OPERATION.MEMBER_REMOVE]: { by: 'member', apply: applyMemberRemove },
  [OPERATION.READY]: { by: 'validator', apply: applyReady },
};

/** Whether a sender of that kind may do all of these at all. */
export function mayDo({ kind }: Sender, operations: readonly Operation[]): boolean {
  return operations.every(({ op }) => RULES[op].by === kind);
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
    const code = applyTransaction(draft, context, received);
    if (code !== null) draft.rollback();
    return { transaction: received.id, code: code ?? APPLIED };
  });
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
  const unanimous = sender.kind === 'member' && isUnanimous(draft, sender.id, transaction);
  const origin = { sender, key: signer.key, unanimous, height, time, transaction: id };
  for (const [position, operation] of transaction.operations.entries()) {
    const { apply } = RULES[operation.op] as Rule<Operation>;
    const code = apply(draft, { ...origin, operation: position }, operation);
    if (code !== null) return code;
  }
  return null;
}

/** Whether an active member asks, and every active member signed, itself included. */
function isUnanimous(state: StateBase, member: string, { signatures }: Transaction): boolean {
  // First what is cheap: a block has room for many that can't be.
  if (signatures.length < readActiveMembers(state).length) return false;
  const signers = new Set(signatures.map(({ key }) => keyText(key)));
  const active = readMember(state, member)?.active === true;
  return active && activeMemberKeys(state).every((key) => signers.has(keyText(key)));
}
