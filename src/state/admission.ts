/**
 * The mempool's cheap look at a transaction before anything is spent on its signatures. It only
 * keeps out what no block could hold, or no execution would apply; blocks are judged by `judge.ts`
 * alone.
 */
import { failure, type Result, success } from '../common/result.ts';
import { type Amount, charged, isWithin, quotaOf } from '../ledger/quotas.ts';
import { type ReceivedTransaction, senderOf } from '../ledger/transaction.ts';
import { mayDo } from './execution/execute.ts';
import { amountOf } from './execution/quotas.ts';
import { judgeTransaction, type ValidityCode } from './execution/validity.ts';
import type { Point } from './point.ts';

export type AdmissionCode = ValidityCode | 'DUPLICATE' | 'UNAUTHORISED';

/**
 * Judges on the state of the final head, as of `time` in ms.
 *
 * @param waiting what the same sender has waiting: it goes first
 */
export function judgeAdmission(
  head: Point,
  received: ReceivedTransaction,
  time: number,
  isUsed: (id: Uint8Array) => boolean,
  waiting: Amount,
): Result<null, AdmissionCode> {
  const { parameters } = head.outcome;
  const judged = judgeTransaction(received, {
    chain: head.block.header.chain,
    parameters,
    time,
    senderKeys: (sender) => head.senderKeys(sender),
  });
  if (!judged.ok) return judged;
  if (isUsed(received.id)) {
    return failure('DUPLICATE', 'the transaction is in a final block already');
  }
  const { sender, operations } = received.transaction;
  if (!mayDo(senderOf(sender), operations)) {
    return failure('UNAUTHORISED', `${sender} may not do this: it is for another kind of sender`);
  }
  // Where both fit together, the first fits alone.
  const quota = quotaOf(sender, parameters);
  const behind = charged(head.usage(sender), waiting, quota, time);
  if (isWithin(charged(behind, amountOf(received), quota, time), quota)) return success(null);
  return failure('QUOTA_EXCEEDED', `the quota of ${sender} is used up for now; try again later`);
}
