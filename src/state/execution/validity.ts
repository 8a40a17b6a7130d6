/**
 * Whether a block may hold a transaction, judged on the state of the block's parent alone: in its
 * time, within limits, and signed by active keys that may sign for a known sender and by no others.
 * That the signatures are good and the id unused is the caller's to check. What passes is included
 * and used up, whatever its execution gives.
 */
import { equalBytes } from '../../common/bytes.ts';
import { failure, type Result, success } from '../../common/result.ts';
import type { Parameters } from '../../ledger/parameters.ts';
import type { ReceivedTransaction } from '../../ledger/transaction.ts';
import { maySign, type SenderKeys } from './sender.ts';

export type ValidityCode =
  | 'WRONG_CHAIN'
  | 'TRANSACTION_TOO_LARGE'
  | 'NO_OPERATIONS'
  | 'TOO_MANY_OPERATIONS'
  | 'EXPIRED'
  | 'VALIDITY_TOO_LONG'
  | 'QUOTA_EXCEEDED'
  | 'UNKNOWN_SENDER'
  | 'UNAUTHORISED_KEY';

/** What a transaction is judged against. */
export interface ValidityContext {
  readonly chain: Uint8Array;
  readonly parameters: Parameters;
  /** Time of the including block in ms. */
  readonly time: number;
  /** A sender's keys in the parent's state. */
  senderKeys(sender: string): SenderKeys | undefined;
}

const VALID = success(null);

export function judgeTransaction(
  received: ReceivedTransaction,
  context: ValidityContext,
): Result<null, ValidityCode> {
  const form = judgeForm(received, context);
  if (!form.ok) return form;
  const { transaction } = received;
  const { time, parameters } = context;
  if (transaction.validUntil < time) {
    return failure('EXPIRED', `valid until ${transaction.validUntil}, and it is ${time}`);
  }
  if (transaction.validUntil > time + parameters.maxValidityMs) {
    return failure('VALIDITY_TOO_LONG', `valid for more than ${parameters.maxValidityMs} ms`);
  }
  return judgeSigners(received, context);
}

function judgeForm(
  { transaction, bytes }: ReceivedTransaction,
  { chain, parameters }: ValidityContext,
): Result<null, ValidityCode> {
  if (!equalBytes(transaction.chain, chain)) {
    return failure('WRONG_CHAIN', 'made for another chain');
  }
  const { transactionBytesMax: bytesMax, transactionOperationsMax: countMax } = parameters;
  if (bytes.length > bytesMax) {
    return failure('TRANSACTION_TOO_LARGE', `${bytes.length} bytes where ${bytesMax} are allowed`);
  }
  const count = transaction.operations.length;
  if (count === 0) return failure('NO_OPERATIONS', 'without any operation');
  if (count <= countMax) return VALID;
  return failure('TOO_MANY_OPERATIONS', `${count} operations where ${countMax} are allowed`);
}

function judgeSigners(
  { transaction }: ReceivedTransaction,
  context: ValidityContext,
): Result<null, ValidityCode> {
  const keys = context.senderKeys(transaction.sender);
  if (keys === undefined) {
    return failure('UNKNOWN_SENDER', `there is no sender ${transaction.sender}`);
  }
  if (maySign(keys, transaction.signatures, context.time)) return VALID;
  return failure('UNAUTHORISED_KEY', `not signed by active keys of ${transaction.sender} alone`);
}
