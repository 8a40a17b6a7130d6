/**
 * Executing the transactions of a block: total and deterministic. Each one is applied as a whole or
 * rejected with a stable code, in which case nothing of it happened but that its id is used up.
 */
import type { TransactionResult } from '../../ledger/block.ts';
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import type { ReceivedTransaction } from '../../ledger/transaction.ts';
import { Draft, type StateBase } from './draft.ts';
import type { Handler, RejectionCode } from './handler.ts';
import { applyStatement } from './modules/assets/statement.ts';
import { applyRecordPut } from './modules/records/put.ts';
import { senderOf } from './sender.ts';

type Handlers = {
  readonly [O in Operation as O['op']]: Handler<O>;
};

const HANDLERS: Handlers = {
  [OPERATION.STATEMENT]: applyStatement,
  [OPERATION.RECORD_PUT]: applyRecordPut,
};

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
    const scratch = new Draft(draft);
    const code = applyTransaction(scratch, context, received);
    if (code === null) draft.absorb(scratch);
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
  if (signer === undefined) return 'UNAUTHORISED';
  const sender = senderOf(transaction.sender);
  const origin = { sender, key: signer.key, height, time, transaction: id };
  for (const [position, operation] of transaction.operations.entries()) {
    const handle = HANDLERS[operation.op] as Handler<Operation>;
    const code = handle(draft, { ...origin, operation: position }, operation);
    if (code !== null) return code;
  }
  return null;
}
