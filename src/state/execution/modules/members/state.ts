/**
 * Members in state. They come from the genesis, and from proposals that members voted for
 * (`put.ts`, `remove.ts`, `suspend.ts`); a validator's own key says when it is there (`ready.ts`).
 */
import { compareText, utf8 } from '../../../../common/bytes.ts';
import { encode } from '../../../../common/codec/index.ts';
import { type Member, memberKeysOf } from '../../../../ledger/genesis.ts';
import { stateKey } from '../../../../ledger/state-keys.ts';
import {
  activeMembersSchema,
  type MemberState,
  memberStateSchema,
  STANDING,
} from '../../../../ledger/state-values.ts';
import type { Draft, Reading } from '../../draft.ts';
import { claimKey } from '../../key-owners.ts';
import { readStored } from '../../stored.ts';

export function readMember(state: Reading, id: string): MemberState | undefined {
  const value = state.get(stateKey.member(id));
  return value && readStored(memberStateSchema, value, `member ${id}`);
}

/** The ids of the active members, ascending. */
export function readActiveMembers(state: Reading): readonly string[] {
  const value = state.get(stateKey.activeMembers);
  return value === undefined ? [] : readStored(activeMembersSchema, value, 'the active members');
}

/** The member `id`, where it is active. */
export function readActiveMember(state: Reading, id: string): MemberState | undefined {
  const found = readMember(state, id);
  return found?.standing === STANDING.ACTIVE ? found : undefined;
}

/**
 * Adds an active member; its keys are its own from now on, and the answer is false where one is
 * somebody else's. The items of the list of members are their ids in UTF-8.
 */
export function addMember(draft: Draft, member: Member, height: number): boolean {
  draft.append(stateKey.members, utf8(member.id));
  return writeMember(draft, { member, standing: STANDING.ACTIVE, since: height });
}

/**
 * Writes a member's entry and standing, and claims its keys; false where one is somebody else's.
 * What a member was stays, and its keys stay its own, whatever its standing is.
 */
export function writeMember(draft: Draft, state: MemberState): boolean {
  const { member, standing } = state;
  draft.put(stateKey.member(member.id), encode(memberStateSchema, state));
  const others = readActiveMembers(draft).filter((id) => id !== member.id);
  const own = standing === STANDING.ACTIVE ? [member.id] : [];
  const active = [...others, ...own].sort(compareText);
  draft.put(stateKey.activeMembers, encode(activeMembersSchema, active));
  const owner = { member: member.id, publisher: null };
  return memberKeysOf(member).every((key) => claimKey(draft, key, owner));
}
