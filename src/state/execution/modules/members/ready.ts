/**
 * A validator's `ready`: only with it does a voted key get into the next epoch, so that adding
 * nodes that are not there can't stall the chain.
 */
import { equalBytes } from '../../../../common/bytes.ts';
import type { ReadyOperation } from '../../../../ledger/operations.ts';
import { keyIn, readEpoch, setNextKey } from '../../epochs.ts';
import type { Handler } from '../../handler.ts';
import { readActiveMember } from './state.ts';

export const applyReady: Handler<ReadyOperation> = (draft, { sender, key }) => {
  const pending = readActiveMember(draft, sender.id)?.member.validatorKey ?? null;
  // An earlier transaction of the block may have replaced the key, or removed the member.
  if (pending === null || !equalBytes(pending, key)) return 'UNAUTHORISED';
  const { validators, nextValidators } = readEpoch(draft);
  const [current, next] = [keyIn(validators, sender.id), keyIn(nextValidators, sender.id)];
  if (current !== undefined && equalBytes(current, pending)) return 'NOTHING_PENDING';
  if (next !== undefined && equalBytes(next, pending)) return 'ALREADY_READY';
  setNextKey(draft, sender.id, pending);
  return null;
};
