/** Removing a member, for good. Its key votes until the epoch ends, which is in the next block. */
import type { MemberRemoveAction } from '../../../../ledger/governance.ts';
import { STANDING } from '../../../../ledger/state-values.ts';
import { setNextKey } from '../../epochs.ts';
import type { ActionRule } from '../../handler.ts';
import { readMember, writeMember } from './state.ts';

export const removeMember: ActionRule<MemberRemoveAction> = (draft, _, { id }) => {
  const present = readMember(draft, id);
  if (present === undefined || present.standing === STANDING.GONE) return 'MEMBER_UNKNOWN';
  writeMember(draft, { ...present, standing: STANDING.GONE });
  return setNextKey(draft, id, undefined) ? null : 'NO_VALIDATORS';
};
