/** Members in state. They come from the genesis; operations that change them need votes. */
import { utf8 } from '../../../../common/bytes.ts';
import { encode } from '../../../../common/codec/index.ts';
import type { Member } from '../../../../ledger/genesis.ts';
import { stateKey } from '../../../../ledger/state-keys.ts';
import { type MemberState, memberStateSchema } from '../../../../ledger/state-values.ts';
import type { Draft, StateBase } from '../../draft.ts';
import { claimKey } from '../../key-owners.ts';
import { readStored } from '../../stored.ts';

export function readMember(state: Pick<StateBase, 'get'>, id: string): MemberState | undefined {
  const value = state.get(stateKey.member(id));
  return value && readStored(memberStateSchema, value, `member ${id}`);
}

/**
 * Adds an active member; its keys are its own from now on, and the answer is false where one is
 * another member's. The items of the list of members are their ids in UTF-8.
 */
export function addMember(draft: Draft, member: Member, height: number): boolean {
  const value = encode(memberStateSchema, { member, active: true, since: height });
  draft.put(stateKey.member(member.id), value);
  draft.append(stateKey.members, utf8(member.id));
  const keys = [member.memberKey, member.nodeKey];
  if (member.validatorKey !== null) keys.push(member.validatorKey);
  return keys.every((key) => claimKey(draft, key, { member: member.id, publisher: null }));
}
