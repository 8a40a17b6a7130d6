/**
 * The mempool's cheap look at a transaction before anything is spent on its signatures. It only
 * keeps out what no block could hold; blocks are judged by `judge.ts` alone.
 */
import { failure, type Result, success } from '../common/result.ts';
import type { ReceivedTransaction } from '../ledger/transaction.ts';
import { senderOf } from './execution/sender.ts';
import { judgeTransaction, type ValidityCode } from './execution/validity.ts';
import type { Point } from './point.ts';

export type AdmissionCode = ValidityCode | 'DUPLICATE' | 'UNAUTHORISED';

/** Judges on the state of the final head, as of `time` in ms. */
export function judgeAdmission(
  head: Point,
  received: ReceivedTransaction,
  time: number,
  isUsed: (id: Uint8Array) => boolean,
): Result<null, AdmissionCode> {
  const judged = judgeTransaction(received, {
    chain: head.block.header.chain,
    parameters: head.outcome.parameters,
    time,
    senderKeys: (sender) => head.senderKeys(sender),
  });
  if (!judged.ok) return judged;
  if (isUsed(received.id)) {
    return failure('DUPLICATE', 'the transaction is in a final block already');
  }
  if (senderOf(received.transaction.sender).kind === 'publisher') return success(null);
  return failure('UNAUTHORISED', 'a member has no operation to sign in this protocol version');
}
