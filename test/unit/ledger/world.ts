/**
 * A small consortium with fixed keys and a chain of four blocks, the same in every run: what the
 * tests here prove things about and the test vectors are made from.
 */
import { concat, EMPTY_BYTES, utf8 } from '../../../src/common/bytes.ts';
import { encode, type Schema } from '../../../src/common/codec/index.ts';
import { sha256 } from '../../../src/common/hash.ts';
import type { KeyPair } from '../../../src/common/signature.ts';
import { assetAnswerKeys } from '../../../src/ledger/authenticate.ts';
import {
  type Block,
  genesisBlock,
  type Header,
  makeBlock,
  resultRoot,
  resultSchema,
} from '../../../src/ledger/block.ts';
import type { FinalHeaderProof } from '../../../src/ledger/finality.ts';
import {
  chainOf,
  type Genesis,
  type GenesisPublisher,
  genesisValidators,
  type Member,
  ROLE,
  type SignedGenesis,
  signGenesis,
} from '../../../src/ledger/genesis.ts';
import { type Inclusion, inclusionSchema } from '../../../src/ledger/inclusion.ts';
import { inclusionProof, sidesOf, subtreesOf } from '../../../src/ledger/merkle/prover.ts';
import { merkleRoot } from '../../../src/ledger/merkle/rfc6962.ts';
import { shareProofs } from '../../../src/ledger/merkle/shared.ts';
import { stateRootOf } from '../../../src/ledger/merkle/sparse.ts';
import {
  OPERATION,
  type Operation,
  type RecordPutOperation,
  STATUS,
  type StatementOperation,
} from '../../../src/ledger/operations.ts';
import {
  DEFAULT_PARAMETERS,
  parametersSchema,
  RECOVERY_VOTES_PERCENT,
} from '../../../src/ledger/parameters.ts';
import { assetOf } from '../../../src/ledger/primitives.ts';
import { commitmentOf, type Opening, PRIVATE_WORDS } from '../../../src/ledger/private-words.ts';
import { type ProvenState, provenStateSchema } from '../../../src/ledger/proven-state.ts';
import { ANY_SCOPE } from '../../../src/ledger/publishers.ts';
import { type Receipt, type ReceiptSubject, SUBJECT } from '../../../src/ledger/receipt.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import {
  activeMembersSchema,
  epochStateSchema,
  keyOwnerSchema,
  listHeadSchema,
  memberStateSchema,
  type PublisherState,
  publisherStateSchema,
  type Revision,
  revisionSchema,
  STANDING,
  type Statement,
  statementSchema,
} from '../../../src/ledger/state-values.ts';
import { type ReceivedTransaction, signTransaction } from '../../../src/ledger/transaction.ts';
import { type ValidatorSet, validatorsHash } from '../../../src/ledger/validators.ts';
import { type Certificate, signVote, VOTE, type VoteKind } from '../../../src/ledger/vote.ts';
import { bindingsOf } from './bindings-shown.ts';
import { identityTransactions } from './identity-transactions.ts';
import { GENESIS_TIME, keysOf } from './keys.ts';
import { type ReferenceTree, treeOf } from './reference-tree.ts';

export { GENESIS_TIME, keysOf };

const VALIDATOR_IDS = ['alfa', 'bravo', 'charlie', 'delta'] as const;

function memberOf(id: string, role: Member['role']): Member {
  const key = (kind: string): Uint8Array => keysOf(`${id} ${kind}`).publicKey;
  return {
    id,
    name: `${id.toUpperCase()} GmbH`,
    memberKey: key('member'),
    role,
    validatorKey: role === ROLE.VALIDATOR ? key('validator') : null,
    nodeKey: key('node'),
    announce: [`/dns4/${id}.example/tcp/7420`],
  };
}

export const members: readonly Member[] = [
  ...VALIDATOR_IDS.map((id) => memberOf(id, ROLE.VALIDATOR)),
  memberOf('echo', ROLE.OBSERVER),
];

export const acmeKeys = [keysOf('acme 1'), keysOf('acme 2')] as const;
export const zetaKeys = keysOf('zeta 1');

const publishers: readonly GenesisPublisher[] = [
  { id: 'acme', name: 'Acme Software', keys: acmeKeys.map(({ publicKey }) => publicKey) },
  { id: 'zeta', name: 'Zeta & Söhne', keys: [zetaKeys.publicKey] },
];

export const genesis: Genesis = {
  version: 1,
  name: 'vectors.example',
  time: GENESIS_TIME,
  parameters: DEFAULT_PARAMETERS,
  recoveryVotesPercent: RECOVERY_VOTES_PERCENT,
  predecessor: null,
  members,
  publishers,
};

export const chain = chainOf(genesis);
export const validators = genesisValidators(genesis);

export const signedGenesis: SignedGenesis = {
  genesis,
  signatures: members.map(({ id }) => signGenesis(genesis, id, keysOf(`${id} member`))),
};

export const asset = assetOf(sha256(utf8('the contents of app-1.2.3.tar.gz')));
export const otherAsset = assetOf(sha256(utf8('never notarized')));

export const statementOperation: StatementOperation = {
  op: OPERATION.STATEMENT,
  asset,
  status: STATUS.TRUSTED,
  name: 'app-1.2.3.tar.gz',
  version: '1.2.3',
  kind: 'file',
  size: 6_442_450_944,
  attributes: [{ key: 'build.job', value: '4711' }],
  reason: '',
  commitment: null,
  detached: null,
};

const secretAsset = assetOf(sha256(utf8('the contents of a prototype')));

/** What opens the commitment of `privateOperation`. */
export const opening: Opening = {
  salt: sha256(utf8('ztc test salt of a commitment')),
  name: 'falcon.bin',
  version: '0.1',
  size: 4096,
  attributes: [{ key: 'project', value: 'falcon' }],
};
export const committed = { chain, publisher: 'acme', asset: secretAsset };

export const privateOperation: StatementOperation = {
  ...statementOperation,
  ...PRIVATE_WORDS,
  asset: secretAsset,
  commitment: commitmentOf(committed, opening),
};

export const recordOperation: RecordPutOperation = {
  op: OPERATION.RECORD_PUT,
  namespace: 'acme/builds',
  key: 'job/4711',
  value: utf8('{"result":"ok"}'),
  ifRevision: 0,
};

/** Signs a transaction; the salt follows from `label`. */
export function transactionOf(
  label: string,
  sender: string,
  operations: readonly Operation[],
  signers: readonly KeyPair[],
): ReceivedTransaction {
  const salt = sha256(utf8(`ztc test salt ${label}`)).subarray(0, 16);
  const validUntil = GENESIS_TIME + 5 * 60_000;
  return signTransaction({ version: 1, chain, sender, salt, validUntil, operations }, signers);
}

export const transactions = {
  statement: transactionOf('statement', 'acme', [statementOperation], [acmeKeys[0]]),
  record: transactionOf('record', 'acme', [recordOperation], [acmeKeys[1]]),
  untrust: transactionOf(
    'untrust',
    'zeta',
    [{ ...statementOperation, status: STATUS.UNTRUSTED, reason: 'malware' }],
    [zetaKeys],
  ),
  private: transactionOf('private', 'acme', [privateOperation], [acmeKeys[0]]),
  both: transactionOf('both', 'acme', [statementOperation, recordOperation], acmeKeys),
  ...identityTransactions(transactionOf, memberOf('foxtrot', ROLE.VALIDATOR)),
  ready: transactionOf(
    'ready',
    'validator:foxtrot',
    [{ op: OPERATION.READY }],
    [keysOf('foxtrot validator')],
  ),
};

const included = [
  transactions.statement,
  transactions.record,
  transactions.untrust,
  transactions.private,
];

/** When block 1 was made. */
const BLOCK_TIME = GENESIS_TIME + 1_000;

function statementAt(by: ReceivedTransaction): Statement {
  const { op: _op, ...statement } = by.transaction.operations[0] as StatementOperation;
  return {
    version: 1,
    publisher: by.transaction.sender,
    key: by.transaction.signatures[0]?.key ?? EMPTY_BYTES,
    height: 1,
    time: BLOCK_TIME,
    transaction: by.id,
    operation: 0,
    first: statement.commitment === null,
    statement,
  };
}

export const statements: readonly Statement[] = [
  statementAt(transactions.statement),
  statementAt(transactions.untrust),
];

export const privateStatement: Statement = statementAt(transactions.private);

export const revision: Revision = {
  version: 1,
  namespace: recordOperation.namespace,
  key: recordOperation.key,
  revision: 1,
  height: 1,
  time: BLOCK_TIME,
  transaction: transactions.record.id,
  operation: 0,
  value: recordOperation.value,
};

const attesting = members.slice(0, 3).map(({ id }) => id);
const zetaBindings = bindingsOf(attesting, GENESIS_TIME, BLOCK_TIME);

export const publisherStates: readonly PublisherState[] = publishers.map(({ id, name, keys }) => ({
  id,
  name,
  keys: keys.map((key) => ({
    key,
    label: '',
    validFrom: GENESIS_TIME,
    validUntil: null,
    compromisedSince: null,
    scope: ANY_SCOPE,
  })),
  approvals: 1,
  recovery: null,
  vouches: members.map(({ id: member }) => ({ member, from: GENESIS_TIME, until: null })),
  since: 0,
  bindings: id === 'zeta' ? zetaBindings : [],
}));

/** Those who made the statements, or of these only some. */
export function answering(...ids: readonly string[]) {
  return publisherStates
    .filter(({ id }) => ids.length === 0 || ids.includes(id))
    .map((publisher) => ({ publisher }));
}

export const items = statements.map((statement) => encode(statementSchema, statement));
const privateItem = encode(statementSchema, privateStatement);
const revisionItem = encode(revisionSchema, revision);

/** Which members are inactive in the state: makes levels differ from the number of vouches. */
const INACTIVE = 'echo';

/** The state after block 1, as far as the tests here need it. */
export const state: ReadonlyMap<string, Uint8Array> = stateEntries();

function stateEntries(): Map<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  const put = <T>(key: string, schema: Schema<T>, value: T): void => {
    entries.set(key, encode(schema, value));
  };
  const putList = (key: string, all: readonly Uint8Array[]): void =>
    put(key, listHeadSchema, { count: all.length, root: merkleRoot(all) });
  put(stateKey.parameters, parametersSchema, DEFAULT_PARAMETERS);
  put(stateKey.epoch, epochStateSchema, {
    epoch: 1,
    firstHeight: 0,
    validators,
    nextValidators: validators,
    nextParameters: null,
  });
  const active = members.map(({ id }) => id).filter((id) => id !== INACTIVE);
  put(stateKey.activeMembers, activeMembersSchema, active);
  for (const member of members) {
    const standing = active.includes(member.id) ? STANDING.ACTIVE : STANDING.SUSPENDED;
    put(stateKey.member(member.id), memberStateSchema, { member, standing, since: 0 });
  }
  for (const publisher of publisherStates) {
    put(stateKey.publisher(publisher.id), publisherStateSchema, publisher);
    for (const { key } of publisher.keys) {
      const owner = { member: null, publisher: publisher.id };
      put(stateKey.keyOwner(key), keyOwnerSchema, owner);
    }
  }
  putList(stateKey.assetStatements(asset), items);
  putList(stateKey.assetStatements(secretAsset), [privateItem]);
  put(stateKey.assetStatement(secretAsset, 'acme'), statementSchema, privateStatement);
  for (const statement of statements) {
    put(stateKey.assetStatement(asset, statement.publisher), statementSchema, statement);
  }
  put(stateKey.record(revision.namespace, revision.key), revisionSchema, revision);
  putList(stateKey.recordRevisions(revision.namespace, revision.key), [revisionItem]);
  return entries;
}

export const tree: ReferenceTree = treeOf(state);

export const results = included.map(({ id }) => ({ transaction: id, code: '' }));

/** Genesis, a block with transactions, its closing block, a heartbeat. */
export const blocks: readonly Block[] = chainOfBlocks();

function chainOfBlocks(): Block[] {
  const all = [genesisBlock(chain, GENESIS_TIME, validators)];
  const bytes = included.map((transaction) => transaction.bytes);
  extend(all, { time: BLOCK_TIME, txRoot: merkleRoot(bytes) }, bytes);
  extend(all, {
    time: BLOCK_TIME + 20,
    stateRoot: stateRootOf(chain, tree.root),
    resultRoot: resultRoot(results),
  });
  extend(all, { time: BLOCK_TIME + 10_000, stateRoot: stateRootOf(chain, tree.root) });
  return all;
}

/** Appends a block that differs from its parent as `changes` say. */
export function extend(
  all: Block[],
  changes: Partial<Header>,
  bytes: readonly Uint8Array[] = [],
): void {
  const parent = all.at(-1) as Block;
  const height = parent.header.height + 1;
  const empty = merkleRoot([]);
  const header: Header = {
    ...parent.header,
    height,
    view: height,
    parent: parent.hash,
    proposer: VALIDATOR_IDS[(height - 1) % VALIDATOR_IDS.length] as string,
    txRoot: empty,
    resultRoot: empty,
    historyRoot: merkleRoot(all.map(({ hash }) => hash)),
    validators: validatorsHash(chain, validators),
    ...changes,
  };
  all.push(makeBlock(header, bytes));
}

/** A certificate on `block` by the validators at `signers` of `set`. */
export function certify(
  kind: VoteKind,
  block: Block,
  signers: readonly number[] = [0, 1, 3],
  set: ValidatorSet = validators,
): Certificate {
  const { epoch, view } = block.header;
  const about = kind === VOTE.NULLIFY ? null : block.hash;
  const subject = { version: 1, kind, chain, epoch, view, block: about } as const;
  const signatures = signers.map((validator) => {
    const keys = keysOf(`${set[validator]?.member} validator`);
    return { validator, signature: signVote(subject, validator, keys).signature };
  });
  return { ...subject, signatures };
}

/** Proves that block `height` is final: through the history of block 3, finalized itself. */
export function proveInHistory(height: number): FinalHeaderProof {
  const newest = blocks.at(-1) as Block;
  const { height: count } = newest.header;
  const subtrees = subtreesOf(blocks.slice(0, count).map(({ hash }) => hash));
  return {
    header: (blocks[height] as Block).headerBytes,
    history: { header: newest.headerBytes, path: inclusionProof(subtrees, count, height) },
    finality: { certificate: certify(VOTE.FINALIZE, newest), headers: [] },
  };
}

/** Proves `keys` as of height 1: header 2, finalized by its child. */
export function proveKeys(keys: readonly string[]): ProvenState {
  const [, , carrier, certified] = blocks as [Block, Block, Block, Block];
  return {
    version: 3,
    header: carrier.headerBytes,
    history: null,
    finality: {
      certificate: certify(VOTE.FINALIZE, certified),
      headers: [certified.headerBytes],
    },
    ...shareProofs(
      keys.map((key) => ({ key, value: state.get(key) ?? null })),
      tree.prove,
    ),
  };
}

/** Shows that a transaction of block 1 is there, under header 2 or a later one. */
export function inclusionOf(index: number, under = 2): Inclusion {
  const [, holds, carrier] = blocks as [Block, Block, Block];
  const { length: count } = included;
  const of = (leaves: readonly Uint8Array[]) => inclusionProof(subtreesOf(leaves), count, index);
  const subtrees = subtreesOf(blocks.slice(0, under).map(({ hash }) => hash));
  return {
    version: 1,
    transaction: (included[index] as ReceivedTransaction).bytes,
    code: '',
    header: holds.headerBytes,
    sides: sidesOf(count, index),
    path: of(included.map(({ bytes }) => bytes)),
    resultPath: of(results.map((result) => encode(resultSchema, result))),
    next:
      under === 2
        ? null
        : { header: carrier.headerBytes, path: inclusionProof(subtrees, under, 2) },
  };
}

/** A receipt as of height 1, in the consortium's first epoch. */
function receiptOf(
  subject: ReceiptSubject,
  keys: readonly string[],
  indexes: readonly number[],
): Receipt {
  return {
    version: 1,
    chain,
    subject,
    state: encode(provenStateSchema, proveKeys(keys)),
    links: [],
    transactions: indexes.map((index) => encode(inclusionSchema, inclusionOf(index))),
    openings: [],
  };
}

const { namespace, key } = revision;
export const receipts = {
  asset: receiptOf(
    { kind: SUBJECT.ASSET, asset, statements: items },
    assetAnswerKeys(asset, answering()),
    [0, 2],
  ),
  /** It opens nothing: whoever made it didn't know the words. */
  private: receiptOf(
    { kind: SUBJECT.ASSET, asset: secretAsset, statements: [privateItem] },
    assetAnswerKeys(secretAsset, answering('acme')),
    [3],
  ),
  unknown: receiptOf(
    { kind: SUBJECT.ASSET, asset: otherAsset, statements: [] },
    assetAnswerKeys(otherAsset, []),
    [],
  ),
  /** One publisher's word, whose current statement counts. */
  word: receiptOf(
    { kind: SUBJECT.WORD, asset, publisher: 'acme', acts: null },
    [stateKey.assetStatement(asset, 'acme'), stateKey.activeMembers, stateKey.publisher('acme')],
    [0],
  ),
  record: receiptOf(
    { kind: SUBJECT.RECORD, namespace, key },
    [stateKey.record(namespace, key)],
    [1],
  ),
  absent: receiptOf(
    { kind: SUBJECT.RECORD, namespace, key: 'job/1' },
    [stateKey.record(namespace, 'job/1')],
    [],
  ),
} as const;

/** A copy with bit `bit` of byte `at` turned over. */
export function flip(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = concat(bytes);
  copy[at] = (copy[at] as number) ^ (1 << bit);
  return copy;
}
