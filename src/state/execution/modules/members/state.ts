/**
 * Members in state. They come from the genesis, and from operations that every active member has
 * signed (`put.ts`, `remove.ts`); a validator's own key says when it is there (`ready.ts`).
 */
import { compareText, utf8 } from '../../../../common/bytes.ts';
import { encode } from '../../../../common/codec/index.ts';
import { invariant } from '../../../../common/errors.ts';
import { type Member, memberKeysOf } from '../../../../ledger/genesis.ts';
import { stateKey } from '../../../../ledger/state-keys.ts';
import {
  activeMembersSchema,
  type MemberState,
  memberStateSchema,
} from '../../../../ledger/state-values.ts';
import type { Draft, StateBase } from '../../draft.ts';
import { claimKey } from '../../key-owners.ts';
import { readStored } from '../../stored.ts';

type Reading = Pick<StateBase, 'get'>;

export function readMember(state: Reading, id: string): MemberState | undefined {
  const value = state.get(stateKey.member(id));
  return value && readStored(memberStateSchema, value, `member ${id}`);
}

/** The ids of the active members, ascending. */
export function readActiveMembers(state: Reading): readonly string[] {
  const value = state.get(stateKey.activeMembers);
  return value === undefined ? [] : readStored(activeMembersSchema, value, 'the active members');
}

/** The member keys of the active members. */
export function activeMemberKeys(state: Reading): Uint8Array[] {
  return readActiveMembers(state).map((id) => {
    const found = readMember(state, id);
    invariant(found?.active === true, 'an active member is one');
    return found.member.memberKey;
  });
}

/**
 * Adds an active member; its keys are its own from now on, and the answer is false where one is
 * somebody else's. The items of the list of members are their ids in UTF-8.
 */
export function addMember(draft: Draft, member: Member, height: number): boolean {
  draft.append(stateKey.members, utf8(member.id));
  writeActive(draft, [...readActiveMembers(draft), member.id].sort(compareText));
  return writeMember(draft, { member, active: true, since: height });
}

/** Writes a member's entry and claims its keys; false where one is somebody else's. */
export function writeMember(draft: Draft, state: MemberState): boolean {
  const { member } = state;
  draft.put(stateKey.member(member.id), encode(memberStateSchema, state));
  const owner = { member: member.id, publisher: null };
  return memberKeysOf(member).every((key) => claimKey(draft, key, owner));
}

/** Ends a membership. What the member was stays, and its keys stay its own. */
export function dropMember(draft: Draft, { member, since }: MemberState): void {
  writeActive(
    draft,
    readActiveMembers(draft).filter((id) => id !== member.id),
  );
  writeMember(draft, { member, active: false, since });
}

function writeActive(draft: Draft, ids: readonly string[]): void {
  draft.put(stateKey.activeMembers, encode(activeMembersSchema, ids));
}
