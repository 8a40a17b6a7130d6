/** What a transaction can do: the operations, as data. Their rules are in `src/state/execution`. */
import { compareText } from '../common/bytes.ts';
import {
  ascending,
  bool,
  bytesUpTo,
  literal,
  nullable,
  oneOf,
  recurring,
  type Schema,
  type TypeOf,
  tagged,
  text,
  tuple,
  uint,
} from '../common/codec/index.ts';
import { bindingClaimSchema, domainName } from './bindings.ts';
import { detachedSchema } from './detached.ts';
import { publisherRequestSchema } from './genesis.ts';
import { actionsSchema, PROPOSAL_REASON_BYTES_MAX } from './governance.ts';
import { asset, hash, id, publicKey, signature, time } from './primitives.ts';
import { approvals, keyLabel, recoveryHash, scopeSchema } from './publishers.ts';

/** A publisher's word on an asset; absence is UNKNOWN. */
export const STATUS = { TRUSTED: 1, UNTRUSTED: 2, UNSUPPORTED: 3 } as const;
export type StatusName = keyof typeof STATUS;
export type Status = (typeof STATUS)[StatusName];

export function statusName(status: Status): StatusName {
  return status === STATUS.TRUSTED
    ? 'TRUSTED'
    : status === STATUS.UNTRUSTED
      ? 'UNTRUSTED'
      : 'UNSUPPORTED';
}

/** POSIX's NAME_MAX: any base name fits. */
const NAME_BYTES_MAX = 255;
const VERSION_BYTES_MAX = 64;
const KIND_BYTES_MAX = 32;
const REASON_BYTES_MAX = 512;
const ATTRIBUTES_MAX = 32;
const ATTRIBUTE_KEY_BYTES_MAX = 64;
const ATTRIBUTE_VALUE_BYTES_MAX = 1024;
/** Documents belong elsewhere; their hash or a small value belongs here. */
export const RECORD_VALUE_BYTES_MAX = 64 * 1024;
/** Outer bound of the operations of one transaction; the parameter is lower. */
const OPERATIONS_CAP = 10_000;

/** Attribute keys are plain words, so that they sort the same everywhere. */
const ATTRIBUTE_KEY_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;
const KIND_PATTERN = /^[a-z0-9-]{1,32}$/;

export const attributesSchema = ascending(
  tuple({
    key: recurring(text(ATTRIBUTE_KEY_BYTES_MAX, ATTRIBUTE_KEY_PATTERN)),
    value: text(ATTRIBUTE_VALUE_BYTES_MAX),
  }),
  ATTRIBUTES_MAX,
  (a, b) => compareText(a.key, b.key),
);
export type Attributes = TypeOf<typeof attributesSchema>;

export const OPERATION = {
  STATEMENT: 1,
  RECORD_PUT: 2,
  PROPOSE: 3,
  VOTE: 4,
  READY: 5,
  WITHDRAW: 6,
  EXECUTE: 7,
  PUBLISHER_REGISTER: 8,
  VOUCH: 9,
  UNVOUCH: 10,
  KEY_ADD: 11,
  KEY_REVOKE: 12,
  KEY_COMPROMISED: 13,
  PUBLISHER_SET: 14,
  PUBLISHER_BIND: 15,
  PUBLISHER_UNBIND: 16,
  DOMAIN_ATTEST: 17,
  DOMAIN_UNATTEST: 18,
} as const;

/** The parts of a statement that its publisher chooses; also kept in state (`state-values.ts`). */
export const statementFields = {
  asset,
  status: oneOf(STATUS.TRUSTED, STATUS.UNTRUSTED, STATUS.UNSUPPORTED),
  /** Product or file name; may be empty. */
  name: text(NAME_BYTES_MAX),
  version: recurring(text(VERSION_BYTES_MAX)),
  /** What it is: `file`, `document`, `git-commit`, … */
  kind: recurring(text(KIND_BYTES_MAX, KIND_PATTERN)),
  /** In bytes, where known. */
  size: nullable(uint()),
  attributes: attributesSchema,
  reason: text(REASON_BYTES_MAX),
  /** To name, version, size and attributes, which are empty then (`private-words.ts`). */
  commitment: nullable(hash),
  /** The publisher's PGP or X.509 signature on what the digest names; checked by clients. */
  detached: nullable(detachedSchema),
} as const;

export const statementOperation = tuple({ op: literal(OPERATION.STATEMENT), ...statementFields });
export type StatementOperation = TypeOf<typeof statementOperation>;

/** `publisher/name`: only that publisher's keys write the namespace. */
export const NAMESPACE_PATTERN = /^[a-z0-9-]{2,40}\/[a-z0-9][a-z0-9._-]{0,63}$/;
const NAMESPACE_BYTES_MAX = 105;
export const RECORD_KEY_BYTES_MAX = 256;
/** Not empty, and no control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const RECORD_KEY_PATTERN = /^[^\u0000-\u001f\u007f]+$/;

export const namespace: Schema<string> = recurring(text(NAMESPACE_BYTES_MAX, NAMESPACE_PATTERN));
export const recordKey: Schema<string> = text(RECORD_KEY_BYTES_MAX, RECORD_KEY_PATTERN);

export const recordPutOperation = tuple({
  op: literal(OPERATION.RECORD_PUT),
  namespace,
  key: recordKey,
  value: bytesUpTo(RECORD_VALUE_BYTES_MAX),
  /** The revision that must be current: 0 = the key is absent, null = whatever it is. */
  ifRevision: nullable(uint()),
});
export type RecordPutOperation = TypeOf<typeof recordPutOperation>;

/** A member's proposal, which is its vote for it. */
export const proposeOperation = tuple({
  op: literal(OPERATION.PROPOSE),
  actions: actionsSchema,
  /** For the other members. */
  reason: text(PROPOSAL_REASON_BYTES_MAX),
});
export type ProposeOperation = TypeOf<typeof proposeOperation>;

/** Proposals are numbered from 1. */
const proposal = uint();

/** A member's vote. It can be turned until the proposal is executed, which is how one objects. */
export const voteOperation = tuple({
  op: literal(OPERATION.VOTE),
  proposal,
  /** The transaction that made the proposal: nobody signs for another content than he was shown. */
  transaction: hash,
  approve: bool,
});
export type VoteOperation = TypeOf<typeof voteOperation>;

/** By the proposer alone. */
export const withdrawOperation = tuple({ op: literal(OPERATION.WITHDRAW), proposal });
export type WithdrawOperation = TypeOf<typeof withdrawOperation>;

/** By any member or validator: counts the votes anew, and executes after the objection window. */
export const executeOperation = tuple({ op: literal(OPERATION.EXECUTE), proposal });
export type ExecuteOperation = TypeOf<typeof executeOperation>;

/**
 * A validator's word that its pending key votes from the next epoch on. It names no epoch: who
 * signs is at the key now, and `validUntil` keeps the word recent.
 */
export const readyOperation = tuple({ op: literal(OPERATION.READY) });
export type ReadyOperation = TypeOf<typeof readyOperation>;

/** By a member, which so answers for nothing yet: the publisher's level is 0. */
export const publisherRegisterOperation = tuple({
  op: literal(OPERATION.PUBLISHER_REGISTER),
  request: publisherRequestSchema,
});
export type PublisherRegisterOperation = TypeOf<typeof publisherRegisterOperation>;

/** A member's word that a publisher is who it says; it takes the place of an earlier one. */
export const vouchOperation = tuple({
  op: literal(OPERATION.VOUCH),
  publisher: id,
  /** Ledger time from which on it doesn't count; null: until it is withdrawn. */
  until: nullable(time),
});
export type VouchOperation = TypeOf<typeof vouchOperation>;

export const unvouchOperation = tuple({ op: literal(OPERATION.UNVOUCH), publisher: id });
export type UnvouchOperation = TypeOf<typeof unvouchOperation>;

/** Another key of the publisher that signs, or of whose recovery key signs. */
export const keyAddOperation = tuple({
  op: literal(OPERATION.KEY_ADD),
  key: publicKey,
  label: keyLabel,
  /** Null: from now on. */
  validFrom: nullable(time),
  validUntil: nullable(time),
  scope: scopeSchema,
  /** By the new key, on `keyProofHash`. */
  proof: signature,
});
export type KeyAddOperation = TypeOf<typeof keyAddOperation>;

/** What the key signs from now on is bad; what it signed stays good. */
export const keyRevokeOperation = tuple({ op: literal(OPERATION.KEY_REVOKE), key: publicKey });
export type KeyRevokeOperation = TypeOf<typeof keyRevokeOperation>;

/** By the recovery key alone: what the key signed at `since` or later is bad. */
export const keyCompromisedOperation = tuple({
  op: literal(OPERATION.KEY_COMPROMISED),
  key: publicKey,
  since: time,
});
export type KeyCompromisedOperation = TypeOf<typeof keyCompromisedOperation>;

/** How many keys sign a statement; which recovery key there is, once, or by the one before. */
export const publisherSetOperation = tuple({
  op: literal(OPERATION.PUBLISHER_SET),
  /** Null: as it is. */
  approvals: nullable(approvals),
  /** Null: as it is. */
  recovery: nullable(recoveryHash),
});
export type PublisherSetOperation = TypeOf<typeof publisherSetOperation>;

/** A PGP key, a certificate or a domain that is the publisher's, too. */
export const publisherBindOperation = tuple({
  op: literal(OPERATION.PUBLISHER_BIND),
  claim: bindingClaimSchema,
});
export type PublisherBindOperation = TypeOf<typeof publisherBindOperation>;

/** Ends a binding from now on; a domain's is gone with its attestations. */
export const publisherUnbindOperation = tuple({
  op: literal(OPERATION.PUBLISHER_UNBIND),
  /** `bindingId` */
  binding: hash,
});
export type PublisherUnbindOperation = TypeOf<typeof publisherUnbindOperation>;

/** A member's word that a domain's DNS names the publisher, in place of its earlier one. */
export const domainAttestOperation = tuple({
  op: literal(OPERATION.DOMAIN_ATTEST),
  publisher: id,
  domain: domainName,
  /** Ledger time from which on it doesn't count; at most `ATTESTATION_MS_MAX` from now. */
  until: time,
});
export type DomainAttestOperation = TypeOf<typeof domainAttestOperation>;

export const domainUnattestOperation = tuple({
  op: literal(OPERATION.DOMAIN_UNATTEST),
  publisher: id,
  domain: domainName,
});
export type DomainUnattestOperation = TypeOf<typeof domainUnattestOperation>;

export type Operation =
  | StatementOperation
  | RecordPutOperation
  | ProposeOperation
  | VoteOperation
  | ReadyOperation
  | WithdrawOperation
  | ExecuteOperation
  | PublisherRegisterOperation
  | VouchOperation
  | UnvouchOperation
  | KeyAddOperation
  | KeyRevokeOperation
  | KeyCompromisedOperation
  | PublisherSetOperation
  | PublisherBindOperation
  | PublisherUnbindOperation
  | DomainAttestOperation
  | DomainUnattestOperation;

export const operationSchema: Schema<Operation> = tagged('op', {
  [OPERATION.STATEMENT]: statementOperation,
  [OPERATION.RECORD_PUT]: recordPutOperation,
  [OPERATION.PROPOSE]: proposeOperation,
  [OPERATION.VOTE]: voteOperation,
  [OPERATION.READY]: readyOperation,
  [OPERATION.WITHDRAW]: withdrawOperation,
  [OPERATION.EXECUTE]: executeOperation,
  [OPERATION.PUBLISHER_REGISTER]: publisherRegisterOperation,
  [OPERATION.VOUCH]: vouchOperation,
  [OPERATION.UNVOUCH]: unvouchOperation,
  [OPERATION.KEY_ADD]: keyAddOperation,
  [OPERATION.KEY_REVOKE]: keyRevokeOperation,
  [OPERATION.KEY_COMPROMISED]: keyCompromisedOperation,
  [OPERATION.PUBLISHER_SET]: publisherSetOperation,
  [OPERATION.PUBLISHER_BIND]: publisherBindOperation,
  [OPERATION.PUBLISHER_UNBIND]: publisherUnbindOperation,
  [OPERATION.DOMAIN_ATTEST]: domainAttestOperation,
  [OPERATION.DOMAIN_UNATTEST]: domainUnattestOperation,
});

export { OPERATIONS_CAP };
