/** What every operation's rule gets and gives. */
import type { Sender } from '../../ledger/transaction.ts';
import type { Draft } from './draft.ts';

/** Why execution rejects a transaction: stable codes, which headers commit to. */
export type RejectionCode =
  /** The sender may not do this at all. */
  | 'UNAUTHORISED'
  /** The namespace is another publisher's. */
  | 'NAMESPACE_FORBIDDEN'
  /** `ifRevision` 0 where the record is present. */
  | 'ALREADY_EXISTS'
  /** Another `ifRevision` than the record's current revision, 0 when it is absent. */
  | 'REVISION_MISMATCH'
  /** No active member has this id. */
  | 'MEMBER_UNKNOWN'
  /** The id was a member's that is gone; ids never come back. */
  | 'MEMBER_ID_USED'
  /** The member is suspended: first it has to be reinstated. */
  | 'MEMBER_SUSPENDED'
  | 'MEMBER_NOT_SUSPENDED'
  /** As many members as there can be. */
  | 'MEMBERS_FULL'
  /** A key in the entry is somebody else's, has another job, or stands twice. */
  | 'KEY_TAKEN'
  /** Nobody would be left to vote. */
  | 'NO_VALIDATORS'
  /** The member has no validator key that isn't in force. */
  | 'NOTHING_PENDING'
  /** The member's key said so before; it is in force from the next epoch on. */
  | 'ALREADY_READY'
  /** A proposal that would remove or suspend its own proposer: somebody else has to make it. */
  | 'PROPOSER_REMOVED'
  /** The proposer has as many open proposals as a member can have. */
  | 'PROPOSALS_FULL'
  /** No proposal has this number. */
  | 'PROPOSAL_UNKNOWN'
  /** The vote names another transaction than the one that made the proposal. */
  | 'PROPOSAL_MISMATCH'
  | 'PROPOSAL_EXECUTED'
  | 'PROPOSAL_WITHDRAWN'
  | 'PROPOSAL_EXPIRED'
  /** The member voted so before; the other way is possible. */
  | 'ALREADY_VOTED'
  /** Too few members voted for it. */
  | 'VOTES_MISSING'
  /** Members may still object. */
  | 'OBJECTION_WINDOW'
  /** No parameter has this name, or it is changed by another kind of proposal. */
  | 'PARAMETER_UNKNOWN'
  /** A chain couldn't go on under these parameters. */
  | 'PARAMETERS_INVALID'
  /** The protocol version can only be raised. */
  | 'PROTOCOL_NOT_RAISED'
  /** Nobody can have this name: characters that are not listed, mixed scripts, no letter. */
  | 'NAME_REFUSED'
  /** Name or id look like another publisher's: the members decide. */
  | 'NAME_COLLIDES'
  /** A publisher has this id, or had it: ids never come back. */
  | 'PUBLISHER_ID_USED'
  | 'PUBLISHER_UNKNOWN'
  /** The publisher has no such key. */
  | 'PUBLISHER_KEY_UNKNOWN'
  /** As many keys as a publisher can have, revoked ones too. */
  | 'KEYS_FULL'
  /** A new key didn't sign that it is this publisher's. */
  | 'KEY_NOT_PROVEN'
  /** A key that is revoked, expired or compromised already. */
  | 'KEY_NOT_VALID'
  /** A time that lies on the wrong side of now, or of another one. */
  | 'TIME_INVALID'
  /** A statement with a commitment and with words that it should hide. */
  | 'PRIVATE_AND_PUBLIC'
  /** A key that signed may not state this. */
  | 'OUT_OF_SCOPE'
  /** Fewer keys signed than the publisher asks for. */
  | 'APPROVALS_MISSING'
  /** More approvals than the publisher has valid keys. */
  | 'APPROVALS_UNREACHABLE'
  /** The recovery key is named once, and then changed by itself alone. */
  | 'RECOVERY_FIXED'
  /** A member doesn't vouch for itself. */
  | 'VOUCH_SELF'
  | 'VOUCH_MISSING'
  /** The publisher has this key, certificate or domain already. */
  | 'BINDING_EXISTS'
  /** The publisher has no such binding, or it ended. */
  | 'BINDING_UNKNOWN'
  /** As many bindings, domains, or bytes of them, as a publisher can have. */
  | 'BINDINGS_FULL'
  /** The member doesn't attest this domain of the publisher. */
  | 'ATTESTATION_MISSING';

/** Where and by whom an operation is done. */
export interface Origin {
  readonly sender: Sender;
  /** The key that stands as signer: the first of the transaction's signatures, by key order. */
  readonly key: Uint8Array;
  /** All keys that signed, in order. */
  readonly signers: readonly Uint8Array[];
  readonly height: number;
  /** The block's time in ms. */
  readonly time: number;
  /** Transaction id. */
  readonly transaction: Uint8Array;
  /** Position of the operation in its transaction. */
  readonly operation: number;
}

/** Applies one operation to the draft, or says why not; never throws for what it was given. */
export type Handler<O> = (draft: Draft, origin: Origin, operation: O) => RejectionCode | null;

/** Does one action of a decided proposal, or says why not. */
export type ActionRule<A> = (draft: Draft, origin: Origin, action: A) => RejectionCode | null;
