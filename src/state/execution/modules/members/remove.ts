/** Removing a member. Its key votes until the epoch ends, which is in the next block. */
import type { MemberRemoveOperation } from '../../../../ledger/operations.ts';
import { setNextKey } from '../../epochs.ts';
import type { Handler } from '../../handler.ts';
import { dropMember, readMember } from './state.ts';

export const applyMemberRemove: Handler<MemberRemoveOperation> = (draft, origin, { id }) => {
  if (!origin.unanimous) return 'APPROVALS_MISSING';
  const present = readMember(draft, id);
  if (!present?.active) return 'MEMBER_UNKNOWN';
  dropMember(draft, present);
  return setNextKey(draft, id, undefined) ? null : 'NO_VALIDATORS';
};
