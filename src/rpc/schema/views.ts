/** How the things of the ledger look in JSON. */
import { type Static, Type } from 'typebox';
import { ActionView, memberFields, memberNames } from './actions.ts';
import { BindingClaimView, BindingView, DetachedView } from './bindings.ts';
import {
  Asset,
  Base64url,
  described,
  Hash,
  Height,
  Id,
  Namespace,
  nullable,
  PublicKey,
  RecordKey,
  Time,
} from './values.ts';

export const HeaderView = Type.Object(
  {
    version: Type.Integer(),
    height: Height,
    hash: Hash,
    chain: Hash,
    epoch: Type.Integer(),
    view: Type.Integer(),
    parent: Hash,
    time: Time,
    proposer: nullable(Id),
    txRoot: Hash,
    stateRoot: Hash,
    resultRoot: Hash,
    historyRoot: Hash,
    validators: Hash,
    nextValidators: Hash,
    bytes: Base64url,
  },
  { title: 'Header' },
);
export type HeaderView = Static<typeof HeaderView>;

/** What a publisher says, in a statement as in the operation that makes it. */
const statementFields = {
  asset: Asset,
  status: Type.Union([
    Type.Literal('TRUSTED'),
    Type.Literal('UNTRUSTED'),
    Type.Literal('UNSUPPORTED'),
  ]),
  name: Type.String(),
  version: Type.String(),
  kind: Type.String(),
  size: nullable(Type.Integer()),
  attributes: Type.Record(Type.String(), Type.String()),
  reason: Type.String(),
  commitment: nullable(
    described(Hash, 'To name, version, size and attributes, where they are private, and so empty.'),
  ),
  detached: nullable(DetachedView),
};

const PublicKeys = Type.Array(PublicKey);

/** Told apart by `op`; a statement's own `kind` says what its asset is. */
export const OperationView = Type.Union(
  [
    Type.Object(
      { op: Type.Literal('statement'), ...statementFields },
      { title: 'StatementOperation' },
    ),
    Type.Object(
      {
        op: Type.Literal('record.put'),
        namespace: Namespace,
        key: RecordKey,
        value: Base64url,
        ifRevision: nullable(Type.Integer()),
      },
      {
        title: 'RecordPutOperation',
        description: '`ifRevision` had to be current: 0 for no key yet, null for whatever it was.',
      },
    ),
    Type.Object(
      { op: Type.Literal('gov.propose'), actions: Type.Array(ActionView), reason: Type.String() },
      { title: 'ProposeOperation', description: "A member's proposal, and its vote for it." },
    ),
    Type.Object(
      {
        op: Type.Literal('gov.vote'),
        proposal: Type.Integer(),
        transaction: described(Hash, 'The one that made the proposal.'),
        approve: Type.Boolean(),
      },
      { title: 'VoteOperation' },
    ),
    Type.Object(
      { op: Type.Literal('gov.withdraw'), proposal: Type.Integer() },
      { title: 'WithdrawOperation', description: 'By the proposer alone.' },
    ),
    Type.Object(
      { op: Type.Literal('gov.execute'), proposal: Type.Integer() },
      { title: 'ExecuteOperation', description: 'After the objection window.' },
    ),
    Type.Object(
      { op: Type.Literal('publisher.register'), id: Id, name: Type.String(), keys: PublicKeys },
      { title: 'PublisherRegisterOperation' },
    ),
    Type.Object({ op: Type.Literal('publisher.vouch'), publisher: Id, until: nullable(Time) }),
    Type.Object({ op: Type.Literal('publisher.unvouch'), publisher: Id }),
    Type.Object({
      op: Type.Literal('publisher.key.add'),
      key: PublicKey,
      label: Type.String(),
      validFrom: nullable(Time),
      validUntil: nullable(Time),
      names: Type.Array(Type.String()),
      kinds: Type.Array(Type.String()),
    }),
    Type.Object({ op: Type.Literal('publisher.key.revoke'), key: PublicKey }),
    Type.Object({ op: Type.Literal('publisher.key.compromised'), key: PublicKey, since: Time }),
    Type.Object({
      op: Type.Literal('publisher.set'),
      approvals: nullable(Type.Integer()),
      recovery: nullable(Hash),
    }),
    Type.Object({ op: Type.Literal('publisher.bind'), binding: BindingClaimView }),
    Type.Object({ op: Type.Literal('publisher.unbind'), binding: Hash }),
    Type.Object({
      op: Type.Literal('publisher.domain.attest'),
      publisher: Id,
      domain: Type.String(),
      until: Time,
    }),
    Type.Object({
      op: Type.Literal('publisher.domain.unattest'),
      publisher: Id,
      domain: Type.String(),
    }),
    Type.Object(
      { op: Type.Literal('validator.ready') },
      {
        title: 'ReadyOperation',
        description: "Signed by a member's pending validator key: from the next epoch on it votes.",
      },
    ),
  ],
  { title: 'Operation', description: 'What a transaction does; `op` says which one it is.' },
);
export type OperationView = Static<typeof OperationView>;

export const BlockTransaction = Type.Object(
  {
    hash: Hash,
    index: Type.Integer({ description: 'Position in the block.' }),
    sender: Type.String(),
    code: Type.String({ description: 'Empty when applied, else why it was rejected.' }),
    operationCount: Type.Integer(),
    operations: Type.Optional(Type.Array(OperationView)),
    bytes: Type.Optional(Base64url),
  },
  { title: 'BlockTransaction' },
);
export type BlockTransaction = Static<typeof BlockTransaction>;

export const BlockView = Type.Object(
  {
    header: HeaderView,
    size: Type.Integer({ description: 'In bytes, as encoded.' }),
    ownFinalization: Type.Boolean({ description: 'Else a descendant made it final.' }),
    transactions: Type.Array(BlockTransaction),
  },
  { title: 'Block' },
);
export type BlockView = Static<typeof BlockView>;

export const BlockSummary = Type.Object(
  {
    height: Height,
    hash: Hash,
    time: Time,
    view: Type.Integer(),
    proposer: nullable(Id),
    transactions: described(nullable(Type.Integer()), 'Null: this node no longer keeps them.'),
  },
  { title: 'BlockSummary' },
);
export type BlockSummary = Static<typeof BlockSummary>;

export const FinalityView = Type.Object(
  {
    height: Height,
    certifiedHeight: Type.Integer({ description: 'Of the block that the signatures are about.' }),
    block: Hash,
    epoch: Type.Integer(),
    view: Type.Integer(),
    quorum: Type.Integer(),
    validators: Type.Integer(),
    signatures: Type.Array(
      Type.Object({
        validator: Type.Integer(),
        member: Id,
        key: PublicKey,
        signature: Base64url,
      }),
    ),
    headers: Type.Array(Base64url, {
      description: 'Of the blocks above height, up to the certified one.',
    }),
    certificate: Base64url,
  },
  { title: 'Finality' },
);
export type FinalityView = Static<typeof FinalityView>;

export const TransactionView = Type.Object(
  {
    hash: Hash,
    status: Type.Union([Type.Literal('final'), Type.Literal('rejected')]),
    height: Height,
    time: Time,
    index: Type.Integer(),
    sender: Type.String(),
    validUntil: Time,
    operations: Type.Array(OperationView),
    signatures: Type.Array(Type.Object({ key: PublicKey, signature: Base64url })),
    bytes: Base64url,
    result: Type.Object({
      code: Type.String({ description: 'Empty when applied, else why it was rejected.' }),
    }),
    proof: Type.Optional(
      described(Base64url, 'An inclusion as in docs/format.md, where a header was named.'),
    ),
  },
  { title: 'Transaction' },
);
export type TransactionView = Static<typeof TransactionView>;

const Provenance = { height: Height, time: Time, transaction: Hash, operation: Type.Integer() };

export const StatementView = Type.Object(
  {
    publisher: Id,
    key: PublicKey,
    ...statementFields,
    ...Provenance,
    first: Type.Boolean({ description: 'The first of the publisher on something of this name.' }),
    level: Type.Integer({ description: 'How many active members vouched at that time.' }),
    valid: Type.Boolean({ description: 'Whether the key that signed was good at that time.' }),
    invalidity: nullable(
      Type.Union([Type.Literal('KEY_COMPROMISED'), Type.Literal('KEY_INVALID')]),
    ),
  },
  { title: 'Statement' },
);
export type StatementView = Static<typeof StatementView>;

export const PublisherView = Type.Object(
  {
    id: Id,
    name: Type.String(),
    level: Type.Integer({ description: 'How many active members vouch.' }),
    vouchers: Type.Array(Id, { description: 'Who they are.' }),
    keys: Type.Array(
      Type.Object({
        key: PublicKey,
        label: Type.String(),
        validFrom: Time,
        validUntil: nullable(Time),
        compromisedSince: nullable(Time),
        names: Type.Array(Type.String(), {
          description: 'What it may be about: names, or PREFIX*; empty: anything.',
        }),
        kinds: Type.Array(Type.String()),
      }),
    ),
    approvals: Type.Integer({ description: 'How many keys sign a statement together.' }),
    recovery: Type.Boolean({ description: 'Whether a recovery key is named.' }),
    vouches: Type.Array(Type.Object({ member: Id, from: Time, until: nullable(Time) }), {
      description: 'Withdrawn and expired ones, too.',
    }),
    since: Height,
    bindings: Type.Array(BindingView),
  },
  { title: 'Publisher' },
);
export type PublisherView = Static<typeof PublisherView>;

export const MemberView = Type.Object(
  {
    ...memberNames,
    active: Type.Boolean(),
    standing: Type.Union(
      [Type.Literal('active'), Type.Literal('suspended'), Type.Literal('gone')],
      { description: 'A member that is gone never comes back.' },
    ),
    since: described(Height, 'Of its admission.'),
    ...memberFields,
  },
  { title: 'Member' },
);
export type MemberView = Static<typeof MemberView>;

export const RecordView = Type.Object(
  {
    namespace: Namespace,
    key: RecordKey,
    revision: Type.Integer({ description: 'Counts from 1.' }),
    value: Base64url,
    ...Provenance,
  },
  { title: 'Record' },
);
export type RecordView = Static<typeof RecordView>;
