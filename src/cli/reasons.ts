/**
 * Codes that are no errors of the command line: why a verdict is what it is, why the ledger did not
 * apply a transaction, which limit a call met. For `ztc explain`, by the exit code they come with.
 */
import { EXIT, type ExitCode } from './exit-codes.ts';

export interface Reason {
  readonly exit: ExitCode;
  readonly meaning: string;
}

const BY_EXIT: readonly (readonly [ExitCode, Readonly<Record<string, string>>])[] = [
  [
    EXIT.UNTRUSTED,
    {
      KEY_COMPROMISED: 'The key that signed was declared compromised from before that time on.',
      KEY_INVALID: 'The key that signed was not good at that time: too early, too late, revoked.',
    },
  ],
  [
    EXIT.MISMATCH,
    {
      PUBLISHER_MISMATCH: 'Others said something about the file, but not the publisher you named.',
      PUBLISHER_NOT_PINNED:
        'A publisher says so that you neither named nor pinned. If you know it:' +
        ' --publisher ID, or ztc trust pin ID.',
    },
  ],
  [
    EXIT.REJECTED,
    {
      NO_OPERATIONS: 'The transaction does nothing.',
      TOO_MANY_OPERATIONS: 'More operations than the chain allows: chain_status, limits.',
      TRANSACTION_TOO_LARGE: 'More bytes than the chain allows: chain_status, limits.',
      // Statements and records
      OUT_OF_SCOPE: 'The key may not speak about files of this name or kind: its scope says which.',
      PRIVATE_AND_PUBLIC: 'A private statement names nothing in the open: neither name nor size.',
      APPROVALS_MISSING: 'The publisher asks for the signatures of more of its keys: --cosign.',
      NAMESPACE_FORBIDDEN: 'A publisher writes in namespaces of its own: ID/….',
      TIME_INVALID: 'The time does not fit what it is said about.',
      // Publishers
      PUBLISHER_UNKNOWN: 'There is no publisher of this id.',
      PUBLISHER_ID_USED: 'A publisher of this id is there; ids are never used again.',
      PUBLISHER_KEY_UNKNOWN: 'The publisher has no such key: ztc publisher show ID.',
      NAME_REFUSED: 'A character that could hide something, or scripts that are not mixed.',
      NAME_COLLIDES: 'It looks like the name or id of another one: the members have to vote on it.',
      KEY_TAKEN: 'The key belongs to somebody already; each has keys of its own.',
      KEY_NOT_PROVEN: 'Whoever adds a key has to sign with that key, too.',
      KEY_NOT_VALID: 'The key was replaced, revoked or compromised before that.',
      KEYS_FULL: 'A publisher can have no more keys.',
      APPROVALS_UNREACHABLE: 'It has fewer good keys than would have to sign together.',
      RECOVERY_FIXED: 'Once a recovery key is named, only itself can name another.',
      UNAUTHORISED: 'The sender may not do that.',
      VOUCH_MISSING: 'This member does not vouch for it.',
      VOUCH_SELF: 'Nobody vouches for itself.',
      BINDING_EXISTS: 'It is bound to that already.',
      BINDING_UNKNOWN: 'It is not bound to that.',
      BINDINGS_FULL: 'A publisher can be bound to no more.',
      ATTESTATION_MISSING: 'This member has not attested that domain.',
      // Members and votes
      MEMBER_UNKNOWN: 'There is no member of this id.',
      MEMBER_ID_USED: 'A member of this id was there; ids are never used again.',
      MEMBER_SUSPENDED: 'The member is suspended.',
      MEMBER_NOT_SUSPENDED: 'The member is not suspended.',
      MEMBERS_FULL: 'The consortium can have no more members.',
      NO_VALIDATORS: 'Nobody would be left who validates.',
      ALREADY_READY: 'The validator has said that it is ready.',
      NOTHING_PENDING: 'No new key of this validator waits.',
      PROPOSAL_UNKNOWN: 'There is no proposal of this number: ztc gov list.',
      PROPOSAL_MISMATCH: 'The vote is on another proposal than the one of this number.',
      PROPOSAL_EXECUTED: 'The proposal was executed already.',
      PROPOSAL_EXPIRED: 'The time to vote on the proposal is over.',
      PROPOSAL_WITHDRAWN: 'The proposal was withdrawn.',
      PROPOSALS_FULL: 'The member has as many open proposals as it can have.',
      PROPOSER_REMOVED: 'Nobody proposes its own removal.',
      ALREADY_VOTED: 'The member has voted so already.',
      VOTES_MISSING: 'Too few members have approved.',
      OBJECTION_WINDOW: 'It is approved; members have some time left to object: ztc gov show.',
      PARAMETER_UNKNOWN: 'The chain has no such parameter.',
      PARAMETERS_INVALID: 'The parameters would not fit together.',
      PROTOCOL_NOT_RAISED: 'The protocol version only goes up.',
    },
  ],
  [
    EXIT.UNREACHABLE,
    {
      BUSY: 'The node has all the calls it can take. Wait, as long as it says (Retry-After).',
      TOO_MANY_WAITING: 'The node has all the waiting calls it can take. Ask again.',
    },
  ],
  [
    EXIT.USAGE,
    {
      BATCH_TOO_LARGE: 'More calls in one batch than the node takes: chain_status, limits.',
      BODY_TOO_LARGE: 'A request of more bytes than the node takes: chain_status, limits.',
      RESPONSE_TOO_LARGE: 'The answer would be too large. Ask for less at once.',
      PROOF_TOO_LARGE: 'The proof would be too large. Ask for less at once.',
      TOO_MANY_STATEMENTS: 'More statements than one proof holds: page through asset_history.',
      TOO_MANY_SUBSCRIPTIONS: 'A connection has no more subscriptions than this.',
      HOST_NOT_ALLOWED: 'The node does not answer under this name: its operator lists rpc.hosts.',
      ORIGIN_NOT_ALLOWED: 'Pages of this site may not ask the node: its operator lists rpc.cors.',
    },
  ],
];

export const REASONS: ReadonlyMap<string, Reason> = new Map(
  BY_EXIT.flatMap(([exit, meanings]) =>
    Object.entries(meanings).map(([code, meaning]) => [code, { exit, meaning }] as const),
  ),
);
