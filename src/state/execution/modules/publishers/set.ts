/** How many keys sign a publisher's statements, and its recovery key. */
import type { PublisherSetOperation } from '../../../../ledger/operations.ts';
import type { Handler } from '../../handler.ts';
import { validKeys } from './keys.ts';
import { speaking, writePublisher } from './state.ts';

export const applyPublisherSet: Handler<PublisherSetOperation> = (draft, origin, operation) => {
  const publisher = speaking(draft, origin);
  if (typeof publisher === 'string') return publisher;
  const { approvals, recovery } = operation;
  // Else a thief of the keys could take the recovery from its owner.
  const isFixed = publisher.recovery !== null && origin.sender.kind !== 'recovery';
  if (recovery !== null && isFixed) return 'RECOVERY_FIXED';
  const wanted = approvals ?? publisher.approvals;
  const reachable = wanted >= 1 && wanted <= validKeys(publisher, origin.time);
  if (approvals !== null && !reachable) return 'APPROVALS_UNREACHABLE';
  writePublisher(draft, {
    ...publisher,
    approvals: wanted,
    recovery: recovery ?? publisher.recovery,
  });
  return null;
};
