/** `chain_*`: the chain itself, its blocks and what was agreed on in numbers. */
import { Type } from 'typebox';
import { DEFAULT_PARAMETERS, type Parameters } from '../../ledger/parameters.ts';
import { method } from './method.ts';
import {
  Base64url,
  Cursor,
  described,
  document,
  Hash,
  Height,
  Id,
  Limit,
  nullable,
  Order,
  PublicKey,
  pageOf,
  Time,
} from './values.ts';
import { BlockSummary, BlockView, FinalityView, HeaderView } from './views.ts';

const ParametersView = Type.Unsafe<Parameters>({
  type: 'object',
  title: 'Parameters',
  properties: Object.fromEntries(
    Object.keys(DEFAULT_PARAMETERS).map((name) => [name, { type: 'integer' }]),
  ),
  required: Object.keys(DEFAULT_PARAMETERS),
});

const Limits = Type.Object(
  {
    batchItemsMax: Type.Integer(),
    bodyBytesMax: Type.Integer(),
    responseBytesMax: Type.Integer(),
    pageItemsMax: Type.Integer(),
    rawBlocksBytesMax: Type.Integer(),
    waitMsMax: Type.Integer({ description: 'Of tx_wait.' }),
    minHeightWaitMs: Type.Integer(),
    transactionBytesMax: Type.Integer(),
    transactionOperationsMax: Type.Integer(),
    maxValidityMs: Type.Integer(),
  },
  { title: 'Limits' },
);

const ValidatorsView = Type.Array(Type.Object({ member: Id, key: PublicKey }));

const At = Type.Union([Height, Hash], { description: 'A height or a block hash.' });

export const chainMethods = {
  chain_status: method({
    summary: 'The chain, its newest final block, and what this node accepts.',
    params: Type.Object({}),
    result: Type.Object({
      chain: Hash,
      name: Type.String(),
      genesisTime: Time,
      protocolVersion: Type.Integer(),
      head: Type.Object({
        height: Height,
        hash: Hash,
        time: Time,
        closed: Type.Boolean({ description: 'Empty, no epoch’s last, with its own finalization.' }),
      }),
      stateRoot: described(Hash, 'After the head: what the next header will carry.'),
      syncing: Type.Boolean(),
      members: Type.Integer({ description: 'Active ones.' }),
      validators: Type.Integer(),
      quorum: Type.Integer(),
      faultsTolerated: Type.Integer(),
      heartbeatMs: Type.Integer({ description: 'A head older than twice this is delayed.' }),
      limits: Limits,
    }),
    errors: [],
    open: true,
  }),
  chain_genesis: method({
    summary: 'The genesis with the members’ signatures; its hash is the chain.',
    params: Type.Object({}),
    result: Type.Object({
      chain: Hash,
      genesis: document('Genesis', 'As in docs/format.md.'),
      signatures: Type.Array(Type.Object({ member: Id, signature: Base64url })),
      ancestors: Type.Optional(
        Type.Array(document('Ancestor', 'A chain before, oldest first: as in docs/format.md.')),
      ),
    }),
    errors: [],
    open: true,
    immutable: 'always',
  }),
  chain_validators: method({
    summary:
      'The validators of the epoch that the state after a block is in, and what is to change.',
    params: Type.Object({ height: Type.Optional(Height) }),
    result: nullable(
      Type.Object({
        height: Height,
        epoch: Type.Integer(),
        firstHeight: Height,
        quorum: Type.Integer(),
        faultsTolerated: Type.Integer(),
        validators: ValidatorsView,
        nextValidators: described(ValidatorsView, 'Where they differ, the next block is the last.'),
        pending: described(ValidatorsView, 'Keys whose nodes have not said that they are ready.'),
      }),
    ),
    errors: ['NOT_FOUND'],
    immutable: 'atHeight',
  }),
  chain_links: method({
    summary:
      'From known validators to those of later epochs: the blocks that changed them, at most 64.',
    params: Type.Object({
      fromEpoch: Type.Integer({
        description: 'The first epoch of the newest validators that the caller knows.',
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
      }),
    }),
    result: Type.Object({
      links: Type.Array(document('ValidatorLink', 'As in docs/format.md.')),
      next: nullable(Type.Integer({ description: 'Where to go on; null: these are all.' })),
    }),
    errors: [],
  }),
  chain_parameters: method({
    summary: 'What the members agreed on in numbers.',
    params: Type.Object({ height: Type.Optional(Height) }),
    result: nullable(Type.Object({ height: Height, parameters: ParametersView })),
    errors: ['NOT_FOUND'],
    immutable: 'atHeight',
  }),
  chain_getBlock: method({
    summary: 'A final block; with `full`, its operations and transaction bytes too.',
    params: Type.Object({ at: At, full: Type.Optional(Type.Boolean()) }),
    result: nullable(BlockView),
    errors: ['NOT_FOUND'],
    immutable: 'always',
  }),
  chain_getHeader: method({
    summary: 'The header of a final block.',
    params: Type.Object({ at: At }),
    result: nullable(HeaderView),
    errors: [],
    immutable: 'always',
  }),
  chain_getHeaderAt: method({
    summary: 'The last final block that is not later than a time; null before the first.',
    params: Type.Object({ time: Time }),
    result: nullable(
      Type.Object({
        height: Height,
        time: Time,
        header: described(Base64url, 'Its canonical bytes.'),
        isNewest: Type.Boolean({ description: 'There is no later block here yet.' }),
      }),
    ),
    errors: ['INVALID_PARAMS'],
  }),
  chain_getHeaderProof: method({
    summary: 'Proves that a block is final: by the newest finalization, through the history.',
    params: Type.Object({ height: Height }),
    result: nullable(
      Type.Object({ height: Height, proof: document('FinalHeader', 'As in docs/format.md.') }),
    ),
    errors: [],
  }),
  chain_getConsistency: method({
    summary: 'Proves that the history that one header names is the beginning of a later one’s.',
    params: Type.Object({
      from: described(Height, 'Of the earlier header.'),
      to: described(Height, 'Of the later header.'),
    }),
    result: nullable(
      Type.Object({
        from: Height,
        to: Height,
        path: Type.Array(Hash, { description: 'As in RFC 6962 section 2.1.2.' }),
      }),
    ),
    errors: ['INVALID_PARAMS'],
    immutable: 'always',
  }),
  chain_getCertificate: method({
    summary: 'Why a block is final: the certificate of it or of a descendant, and who signed.',
    params: Type.Object({ height: Height }),
    result: nullable(FinalityView),
    errors: ['NOT_FOUND'],
    immutable: 'always',
  }),
  chain_listBlocks: method({
    summary: 'Final blocks, newest first unless asked otherwise.',
    params: Type.Object({ cursor: Cursor, limit: Limit, order: Order }),
    result: pageOf(BlockSummary),
    errors: ['INVALID_PARAMS'],
  }),
  chain_getRawBlocks: method({
    summary: 'Canonical bytes of blocks, at most 4 MiB or the first one, for replay.',
    params: Type.Object({ from: Height, to: Height }),
    result: Type.Object({
      blocks: Type.Array(
        Type.Object({ height: Height, block: Base64url, certificate: nullable(Base64url) }),
      ),
      next: described(nullable(Height), 'Where to go on; null when `to` or the head is reached.'),
    }),
    errors: ['NOT_FOUND'],
  }),
};
