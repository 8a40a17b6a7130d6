/** The values of the authenticated state, and the items of its lists. */
import { compareText } from '../common/bytes.ts';
import {
  ascending,
  bool,
  bytesUpTo,
  list,
  nullable,
  oneOf,
  type TypeOf,
  text,
  tuple,
  uint,
  version,
} from '../common/codec/index.ts';
import { bindingsSchema } from './bindings.ts';
import { MEMBERS_MAX, memberSchema } from './genesis.ts';
import { actionsSchema, CLOSED, PROPOSAL_REASON_BYTES_MAX } from './governance.ts';
import { namespace, RECORD_VALUE_BYTES_MAX, recordKey, statementFields } from './operations.ts';
import { parametersSchema } from './parameters.ts';
import { displayName, epoch, hash, height, id, publicKey, time } from './primitives.ts';
import { approvals, publisherKeySchema, recoveryHash, vouchesSchema } from './publishers.ts';
import { validatorSetSchema } from './validators.ts';

/** The head of an authenticated list: how many items, and their RFC 6962 root. */
export const listHeadSchema = tuple({ count: uint(), root: hash });
export type ListHead = TypeOf<typeof listHeadSchema>;

/** The running epoch and what the next one has; where they differ, this one ends. */
export const epochStateSchema = tuple({
  epoch,
  firstHeight: height,
  validators: validatorSetSchema,
  nextValidators: validatorSetSchema,
  /** What the next epoch has instead of the running one's parameters; null: the same. */
  nextParameters: nullable(parametersSchema),
});
export type EpochState = TypeOf<typeof epochStateSchema>;

/** The ids of the active members. */
export const activeMembersSchema = ascending(id, MEMBERS_MAX, compareText);

/** A suspended member can be reinstated; one that is gone never comes back. */
export const STANDING = { ACTIVE: 1, SUSPENDED: 2, GONE: 3 } as const;

/** `since`: height of its admission. */
export const memberStateSchema = tuple({
  member: memberSchema,
  standing: oneOf(STANDING.ACTIVE, STANDING.SUSPENDED, STANDING.GONE),
  since: height,
});
export type MemberState = TypeOf<typeof memberStateSchema>;

/** More than a publisher's people and build machines over years; each answer has all of them. */
export const PUBLISHER_KEYS_MAX = 100;

export const publisherStateSchema = tuple({
  id,
  name: displayName,
  keys: list(publisherKeySchema, PUBLISHER_KEYS_MAX),
  /** How many keys have to sign a statement together. */
  approvals,
  /** Null: no recovery key was named. */
  recovery: nullable(recoveryHash),
  /** Oldest first; `levelAt` counts them. */
  vouches: vouchesSchema,
  since: height,
  /** Oldest first. */
  bindings: bindingsSchema,
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
  /** It is the publisher's first on something of this name. */
  first: bool,
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

/** A proposal as it was made. */
export const proposalSchema = tuple({
  version: version(1),
  /** Its number, from 1. */
  proposal: uint(),
  proposer: id,
  key: publicKey,
  ...provenance,
  /** The last ledger time at which it can be voted on while it isn't decided. */
  expires: time,
  actions: actionsSchema,
  reason: text(PROPOSAL_REASON_BYTES_MAX),
});
export type Proposal = TypeOf<typeof proposalSchema>;

/** A proposal and what became of it. */
export const proposalStateSchema = tuple({
  proposal: proposalSchema,
  /** The newest vote of each member, by id; votes of who isn't active don't count. */
  votes: ascending(tuple({ member: id, approve: bool }), MEMBERS_MAX, (a, b) =>
    compareText(a.member, b.member),
  ),
  /** Ledger time of the vote with which it had enough; null: it hasn't. */
  decided: nullable(time),
  /** How it ended, and where; null: it hasn't, but may have expired. */
  closed: nullable(tuple({ how: oneOf(CLOSED.EXECUTED, CLOSED.WITHDRAWN), ...provenance })),
});
export type ProposalState = TypeOf<typeof proposalStateSchema>;

/** A member's vote, as it stands in the list of its proposal. */
export const memberVoteSchema = tuple({
  version: version(1),
  proposal: uint(),
  member: id,
  key: publicKey,
  ...provenance,
  approve: bool,
});
export type MemberVote = TypeOf<typeof memberVoteSchema>;

/** A member that floods the others with proposals fills no more than its own places. */
export const PROPOSALS_OPEN_MAX = 8;

/** Proposals that are neither closed nor known to have expired, by number. */
export const openProposalsSchema = list(
  tuple({ proposal: uint(), proposer: id, expires: time }),
  MEMBERS_MAX * PROPOSALS_OPEN_MAX,
);
export type OpenProposals = TypeOf<typeof openProposalsSchema>;
