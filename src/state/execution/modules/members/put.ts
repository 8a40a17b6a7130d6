/**
 * Admitting a member, or replacing an active one's entry. Node key and addresses are in force at
 * once. A validator key that isn't in force is *pending*: until its own `ready` the next epoch has
 * the key that is in force, or none; who becomes an observer is out of the next epoch at once.
 */
import { equalBytes, toHex } from '../../../../common/bytes.ts';
import { MEMBERS_MAX, type Member, memberKeysOf } from '../../../../ledger/genesis.ts';
import type { MemberPutAction } from '../../../../ledger/governance.ts';
import { nameProblem } from '../../../../ledger/names/names.ts';
import { STANDING } from '../../../../ledger/state-values.ts';
import type { Draft } from '../../draft.ts';
import { keyIn, readEpoch, setNextKey } from '../../epochs.ts';
import type { ActionRule } from '../../handler.ts';
import { readKeyOwner } from '../../key-owners.ts';
import { addMember, readActiveMembers, readMember, writeMember } from './state.ts';

export const putMember: ActionRule<MemberPutAction> = (draft, { height }, { request }) => {
  const { member } = request;
  if (nameProblem(member.name) !== undefined) return 'NAME_REFUSED';
  const present = readMember(draft, member.id);
  if (present?.standing === STANDING.GONE) return 'MEMBER_ID_USED';
  if (present?.standing === STANDING.SUSPENDED) return 'MEMBER_SUSPENDED';
  if (!keysAreFree(draft, member)) return 'KEY_TAKEN';
  if (present === undefined) {
    if (readActiveMembers(draft).length >= MEMBERS_MAX) return 'MEMBERS_FULL';
    addMember(draft, member, height);
    return null;
  }
  writeMember(draft, { ...present, member });
  return setNextKey(draft, member.id, nextKey(draft, member)) ? null : 'NO_VALIDATORS';
};

/** Nobody else's, none twice, and no key that votes is used for something else. */
function keysAreFree(draft: Draft, member: Member): boolean {
  const keys = memberKeysOf(member);
  if (new Set(keys.map(toHex)).size < keys.length) return false;
  const { validators, nextValidators } = readEpoch(draft);
  const voting = [keyIn(validators, member.id), keyIn(nextValidators, member.id)];
  const misused = [member.memberKey, member.nodeKey].some((key) =>
    voting.some((other) => other !== undefined && equalBytes(key, other)),
  );
  if (misused) return false;
  return keys.every((key) => {
    const owner = readKeyOwner(draft, key);
    return owner.publisher === null && (owner.member ?? member.id) === member.id;
  });
}

/** The member's key from the next epoch on, by its new entry; undefined: none. */
export function nextKey(draft: Draft, { id, validatorKey }: Member): Uint8Array | undefined {
  const { validators, nextValidators } = readEpoch(draft);
  if (validatorKey === null) return undefined;
  const [current, next] = [keyIn(validators, id), keyIn(nextValidators, id)];
  const known = [current, next].some((key) => key !== undefined && equalBytes(key, validatorKey));
  if (known) return validatorKey;
  // A key that was ready for the next epoch and is replaced before it goes, too.
  return next && current;
}
