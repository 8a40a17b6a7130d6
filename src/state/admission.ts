/**
 * The mempool's cheap look at a transaction before anything is spent on its signatures. It only
 * keeps out what no block could hold, or no execution would apply; blocks are judged by `judge.ts`
 * alone.
 */
import { failure, type Result, success } from '../common/result.ts';
import { type ReceivedTransaction, senderOf } from '../ledger/transaction.ts';
import { mayDo } from './execution/execute.ts';
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
  const { sender, operations } = received.transaction;
  if (mayDo(senderOf(sender), operations)) return success(null);
  return failure('UNAUTHORISED', `${sender} may not do this: it is for another kind of sender`);
}
