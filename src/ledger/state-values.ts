/** The values of the authenticated state, and the items of its lists. */
import { compareText } from '../common/bytes.ts';
import {
  ascending,
  bool,
  bytesUpTo,
  list,
  nullable,
  type TypeOf,
  tuple,
  uint,
  version,
} from '../common/codec/index.ts';
import { MEMBERS_MAX, memberSchema } from './genesis.ts';
import { namespace, RECORD_VALUE_BYTES_MAX, recordKey, statementFields } from './operations.ts';
import { displayName, epoch, hash, height, id, publicKey, time } from './primitives.ts';
import { validatorSetSchema } from './validators.ts';

/** The head of an authenticated list: how many items, and their RFC 6962 root. */
export const listHeadSchema = tuple({ count: uint(), root: hash });
export type ListHead = TypeOf<typeof listHeadSchema>;

/** The running epoch and the set that the next one has; where they differ, this one ends. */
export const epochStateSchema = tuple({
  epoch,
  firstHeight: height,
  validators: validatorSetSchema,
  nextValidators: validatorSetSchema,
});
export type EpochState = TypeOf<typeof epochStateSchema>;

/** The ids of the active members. */
export const activeMembersSchema = ascending(id, MEMBERS_MAX, compareText);

/** `since`: height of its admission. A member that is not active never is again. */
export const memberStateSchema = tuple({ member: memberSchema, active: bool, since: height });
export type MemberState = TypeOf<typeof memberStateSchema>;

/** A publisher's key and when, in ledger time, it counts. */
export const publisherKeySchema = tuple({
  key: publicKey,
  validFrom: time,
  /** Null: until revoked. */
  validUntil: nullable(time),
  /** What was signed at this ledger time or later is bad. */
  compromisedSince: nullable(time),
});
export type PublisherKey = TypeOf<typeof publisherKeySchema>;

/** More keys than a publisher's people and build machines over many years. */
const PUBLISHER_KEYS_MAX = 1_000;

export const publisherStateSchema = tuple({
  id,
  name: displayName,
  keys: list(publisherKeySchema, PUBLISHER_KEYS_MAX),
  /** The members that vouch, by id; the level is how many of them are active. */
  vouches: ascending(id, MEMBERS_MAX, compareText),
  since: height,
});
export type PublisherState = TypeOf<typeof publisherStateSchema>;

/** Whose a key is. */
export const keyOwnerSchema = tuple({ member: nullable(id), publisher: nullable(id) });
export type KeyOwner = TypeOf<typeof keyOwnerSchema>;

/** Where in the ledger something was said. */
const provenance = {
  height,
  /** The block's time. */
  time,
  transaction: hash,
  /** Position of the operation in its transaction. */
  operation: uint(),
} as const;

/** A publisher's word on an asset, as it stands in state. */
export const statementSchema = tuple({
  version: version(1),
  publisher: id,
  /** The key that signed; its validity at `time` decides whether the statement counts. */
  key: publicKey,
  ...provenance,
  statement: tuple(statementFields),
});
export type Statement = TypeOf<typeof statementSchema>;

/** One revision of a record. */
export const revisionSchema = tuple({
  version: version(1),
  namespace,
  key: recordKey,
  /** Counts from 1. */
  revision: uint(),
  ...provenance,
  value: bytesUpTo(RECORD_VALUE_BYTES_MAX),
});
export type Revision = TypeOf<typeof revisionSchema>;
