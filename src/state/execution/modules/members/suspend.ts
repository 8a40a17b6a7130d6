/**
 * Suspending a member, and taking it back. Its key votes until the epoch ends, which is in the next
 * block; once it is reinstated a key that isn't in force any more waits for its `ready` again.
 */

import { MEMBERS_MAX } from '../../../../ledger/genesis.ts';
import type { MemberReinstateAction, MemberSuspendAction } from '../../../../ledger/governance.ts';
import { STANDING } from '../../../../ledger/state-values.ts';
import { setNextKey } from '../../epochs.ts';
import type { ActionRule } from '../../handler.ts';
import { nextKey } from './put.ts';
import { readActiveMember, readActiveMembers, readMember, writeMember } from './state.ts';

export const suspendMember: ActionRule<MemberSuspendAction> = (draft, _, { id }) => {
  const present = readActiveMember(draft, id);
  if (present === undefined) return 'MEMBER_UNKNOWN';
  writeMember(draft, { ...present, standing: STANDING.SUSPENDED });
  return setNextKey(draft, id, undefined) ? null : 'NO_VALIDATORS';
};

export const reinstateMember: ActionRule<MemberReinstateAction> = (draft, _, { id }) => {
  const present = readMember(draft, id);
  if (present?.standing !== STANDING.SUSPENDED) return 'MEMBER_NOT_SUSPENDED';
  if (readActiveMembers(draft).length >= MEMBERS_MAX) return 'MEMBERS_FULL';
  writeMember(draft, { ...present, standing: STANDING.ACTIVE });
  return setNextKey(draft, id, nextKey(draft, present.member)) ? null : 'NO_VALIDATORS';
};
