/** What it means that the ledger rejected a transaction, and what to do: also for `ztc explain`. */

export const REJECTION_MEANINGS = {
  UNAUTHORISED: 'This sender may not do that: it is for a member, a publisher or its recovery key.',
  NAMESPACE_FORBIDDEN: 'The namespace is another publisher’s: yours begin with your own id.',
  ALREADY_EXISTS: 'The record is there already, and the condition was that it is not.',
  REVISION_MISMATCH: 'Somebody else wrote the record meanwhile. Read it, decide again.',
  MEMBER_UNKNOWN: 'No active member has this id: ztc member list.',
  MEMBER_ID_USED: 'The id was that of a member that is gone, and ids never come back: choose one.',
  MEMBER_SUSPENDED: 'The member is suspended: first propose --reinstate.',
  MEMBER_NOT_SUSPENDED: 'The member is not suspended: ztc member list.',
  MEMBERS_FULL: 'There are as many members as there can be.',
  KEY_TAKEN: 'A key in it is somebody else’s, has another job, or stands twice: make another one.',
  NO_VALIDATORS: 'Nobody would be left to vote on blocks.',
  NOTHING_PENDING: 'This member has no validator key that waits to be ready.',
  ALREADY_READY: 'The key said so before: it votes from the next epoch on.',
  PROPOSER_REMOVED: 'Nobody proposes to remove or suspend himself: another member does.',
  PROPOSALS_FULL: 'You have as many open proposals as a member can have: withdraw one.',
  PROPOSAL_UNKNOWN: 'No proposal has this number: ztc gov list.',
  PROPOSAL_MISMATCH: 'Another proposal has this number than the one you looked at: ztc gov show N.',
  PROPOSAL_EXECUTED: 'It is done already: ztc gov show N.',
  PROPOSAL_WITHDRAWN: 'Its proposer withdrew it.',
  PROPOSAL_EXPIRED: 'Its time to be voted on is over: propose it anew.',
  ALREADY_VOTED: 'You voted so before. The other way is possible until it is executed.',
  VOTES_MISSING: 'Too few members voted for it: ztc gov show N.',
  OBJECTION_WINDOW: 'Members may still object: ztc gov show N says until when.',
  PARAMETER_UNKNOWN: 'No parameter has this name, or another kind of proposal changes it.',
  PARAMETERS_INVALID: 'A chain could not go on under these parameters: a value, or two together.',
  PROTOCOL_NOT_RAISED: 'The protocol version can only be raised.',
  NAME_REFUSED: 'Nobody can have this name: a character, mixed scripts, or no letter in it.',
  NAME_COLLIDES:
    'Name or id look like another publisher’s. Choose others, or let the members vote:' +
    ' ztc gov propose --register FILE.',
  PUBLISHER_ID_USED: 'A publisher has this id, or had it, and ids never come back: choose another.',
  PUBLISHER_UNKNOWN: 'No publisher has this id: ztc publisher list.',
  PUBLISHER_KEY_UNKNOWN: 'The publisher has no such key: ztc publisher show ID.',
  KEYS_FULL: 'The publisher has as many keys as it can have, revoked ones too.',
  KEY_NOT_PROVEN: 'A new key did not sign that it is this publisher’s.',
  KEY_NOT_VALID: 'The key is revoked, expired or compromised already: ztc publisher show ID.',
  TIME_INVALID: 'A time lies on the wrong side of now, or of another one.',
  PRIVATE_AND_PUBLIC: 'A private statement has words beside its commitment.',
  OUT_OF_SCOPE: 'A key that signed may not state this: ztc publisher show ID tells its scope.',
  APPROVALS_MISSING:
    'The publisher asks for more keys under this: statements take --cosign FILE, keys --key A B,' +
    ' or --collect FILE where they are on different machines.',
  APPROVALS_UNREACHABLE: 'More approvals than there are valid keys: first ztc publisher key add.',
  RECOVERY_FIXED: 'The recovery key is named already: only itself can name another (--recovery).',
  VOUCH_SELF: 'A member does not vouch for itself.',
  VOUCH_MISSING: 'The member vouches for nobody of this id now.',
  BINDING_EXISTS: 'The publisher has this key, certificate or domain already.',
  BINDING_UNKNOWN: 'The publisher has no such binding, or it ended: ztc publisher show ID.',
  BINDINGS_FULL: 'The publisher is bound to as much as it can be: ztc publisher unbind.',
  ATTESTATION_MISSING: 'The member does not attest this domain of the publisher.',
} as const;

/** Of a code; undefined: it is none of these. */
export function rejectionMeaning(code: string): string | undefined {
  return Object.hasOwn(REJECTION_MEANINGS, code)
    ? REJECTION_MEANINGS[code as keyof typeof REJECTION_MEANINGS]
    : undefined;
}
