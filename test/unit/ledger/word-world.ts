/**
 * The world's chain with another block 1, in which two publishers state things by keys that were
 * declared compromised: receipts of one publisher's word, also where an earlier statement counts.
 */
import { encode } from '../../../src/common/codec/index.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { resultRoot, resultSchema } from '../../../src/ledger/block.ts';
import { inclusionSchema } from '../../../src/ledger/inclusion.ts';
import { inclusionProof, sidesOf, subtreesOf } from '../../../src/ledger/merkle/prover.ts';
import { rangeProof } from '../../../src/ledger/merkle/range.ts';
import { merkleRoot } from '../../../src/ledger/merkle/rfc6962.ts';
import { shareProofs } from '../../../src/ledger/merkle/shared.ts';
import { stateRootOf } from '../../../src/ledger/merkle/sparse.ts';
import { STATUS, type StatementOperation } from '../../../src/ledger/operations.ts';
import { type ProvenState, provenStateSchema } from '../../../src/ledger/proven-state.ts';
import type { ListPart } from '../../../src/ledger/proven-value.ts';
import { type Receipt, SUBJECT } from '../../../src/ledger/receipt.ts';
import { stateKey } from '../../../src/ledger/state-keys.ts';
import {
  listHeadSchema,
  publisherStateSchema,
  type Statement,
  statementSchema,
} from '../../../src/ledger/state-values.ts';
import type { ReceivedTransaction } from '../../../src/ledger/transaction.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { treeOf } from './reference-tree.ts';
import {
  acmeKeys,
  asset,
  blocks,
  certify,
  chain,
  extend,
  otherAsset,
  state as plainState,
  publisherStates,
  statementOperation,
  transactionOf,
  zetaKeys,
} from './world.ts';

const time = (blocks[1] as Block).header.time;
const elsewhere = { ...statementOperation, asset: otherAsset, name: 'other' };
const untrust = { ...statementOperation, status: STATUS.UNTRUSTED, reason: 'by a thief' };
const [good, stolen] = acmeKeys;

/** In the order in which they were applied. Acme's second key and zeta's only one are stolen. */
const made: readonly ReceivedTransaction[] = [
  transactionOf('word 0', 'acme', [elsewhere], [good]),
  transactionOf('word 1', 'acme', [statementOperation], [good]),
  transactionOf('word 2', 'acme', [{ ...elsewhere, version: '2' }], [good]),
  transactionOf('word 3', 'acme', [untrust], [stolen]),
  transactionOf('word 4', 'acme', [{ ...elsewhere, version: '3' }], [good]),
  transactionOf('word 5', 'zeta', [untrust], [zetaKeys]),
];

const said: readonly Statement[] = made.map(({ transaction, id }) => {
  const { op: _op, ...statement } = transaction.operations[0] as StatementOperation;
  const key = transaction.signatures[0]?.key as Uint8Array;
  const at = { height: 1, time, transaction: id, operation: 0, first: false };
  return { version: 1, publisher: transaction.sender, key, ...at, statement };
});
const items = said.map((each) => encode(statementSchema, each));
const acts = { acme: items.slice(0, 5), zeta: items.slice(5) };

const head = (list: readonly Uint8Array[]): Uint8Array =>
  encode(listHeadSchema, { count: list.length, root: merkleRoot(list) });

const entries = new Map(plainState);
for (const publisher of publisherStates) {
  const keys = publisher.keys.map((each) => {
    const isStolen = publisher.id === 'zeta' || each.key === stolen.publicKey;
    return isStolen ? { ...each, compromisedSince: time } : each;
  });
  const { id } = publisher;
  entries.set(stateKey.publisher(id), encode(publisherStateSchema, { ...publisher, keys }));
  entries.set(stateKey.publisherActs(id), head(acts[id as keyof typeof acts]));
}
entries.set(stateKey.assetStatements(asset), head([items[1], items[3], items[5]] as Uint8Array[]));
entries.set(stateKey.assetStatement(asset, 'acme'), items[3] as Uint8Array);
entries.set(stateKey.assetStatement(asset, 'zeta'), items[5] as Uint8Array);
const tree = treeOf(entries);

const results = made.map(({ id }) => ({ transaction: id, code: '' }));
const bytes = made.map((each) => each.bytes);
const all: Block[] = blocks.slice(0, 1);
extend(all, { time, txRoot: merkleRoot(bytes) }, bytes);
const stateRoot = stateRootOf(chain, tree.root);
extend(all, { time: time + 20, stateRoot, resultRoot: resultRoot(results) });
const [, holds, carrier] = all as [Block, Block, Block];

function proveKeys(keys: readonly string[]): ProvenState {
  return {
    version: 3,
    header: carrier.headerBytes,
    history: null,
    finality: { certificate: certify(VOTE.FINALIZE, carrier), headers: [] },
    ...shareProofs(
      keys.map((key) => ({ key, value: entries.get(key) ?? null })),
      tree.prove,
    ),
  };
}

export function wordInclusion(index: number): Uint8Array {
  const of = (leaves: readonly Uint8Array[]) =>
    inclusionProof(subtreesOf(leaves), made.length, index);
  return encode(inclusionSchema, {
    version: 1,
    transaction: bytes[index] as Uint8Array,
    code: '',
    header: holds.headerBytes,
    sides: sidesOf(made.length, index),
    path: of(bytes),
    resultPath: of(results.map((result) => encode(resultSchema, result))),
    next: null,
  });
}

/** A run of a publisher's acts, up to `to` (not included). */
export function runOf(publisher: keyof typeof acts, from: number, to: number): ListPart {
  const list = acts[publisher];
  const path = rangeProof(subtreesOf(list), list.length, from, to);
  return { from, items: list.slice(from, to), path };
}

export function wordReceipt(
  publisher: string,
  given: ListPart | null,
  keys: readonly string[],
  indexes: readonly number[],
): Receipt {
  return {
    version: 1,
    chain,
    subject: { kind: SUBJECT.WORD, asset, publisher, acts: given },
    state: encode(provenStateSchema, proveKeys(keys)),
    links: [],
    transactions: indexes.map(wordInclusion),
    openings: [],
  };
}

const { activeMembers, parameters, assetStatement, publisherActs } = stateKey;
const keysAbout = (id: string, ...more: readonly string[]): string[] => [
  assetStatement(asset, id),
  activeMembers,
  ...more,
  stateKey.publisher(id),
  publisherActs(id),
];
export const acmeWordKeys = keysAbout('acme');
const silentKeys = [assetStatement(asset, 'nobody'), stateKey.assetStatements(asset)];

export const wordReceipts = {
  /** Its current statement doesn't count, an earlier one does. */
  earlier: wordReceipt('acme', runOf('acme', 1, 4), acmeWordKeys, [1]),
  /** None of its statements counts. */
  none: wordReceipt('zeta', runOf('zeta', 0, 1), keysAbout('zeta', parameters), [5]),
  /** It said nothing, and others did. */
  silent: wordReceipt('nobody', null, silentKeys, []),
} as const;
