/** Test vectors that cross epochs: receipts with links, and steps of the light client. */
import { toHex } from '../../../src/common/bytes.ts';
import { encode } from '../../../src/common/codec/index.ts';
import { verify } from '../../../src/common/signature.ts';
import type { Block } from '../../../src/ledger/block.ts';
import { type FinalHeaderProof, finalHeaderSchema } from '../../../src/ledger/finality.ts';
import { inclusionSchema } from '../../../src/ledger/inclusion.ts';
import {
  advance,
  type Checkpoint,
  checkpointSchema,
  genesisCheckpoint,
} from '../../../src/ledger/light-client.ts';
import { inclusionProof, subtreesOf } from '../../../src/ledger/merkle/prover.ts';
import { provenStateSchema } from '../../../src/ledger/proven-state.ts';
import { type Receipt, receiptSchema } from '../../../src/ledger/receipt.ts';
import { type ValidatorLink, validatorLinkSchema } from '../../../src/ledger/validator-links.ts';
import type { ValidatorSet } from '../../../src/ledger/validators.ts';
import { VOTE } from '../../../src/ledger/vote.ts';
import { blockAt, epochBlocks, linkOf, links, sets } from './epochs-world.ts';
import { type InvalidVector, invalid, type Vector, vector } from './vector.ts';
import { certify, extend, genesis, inclusionOf, proveKeys, receipts } from './world.ts';

const [first, second, third] = sets;
const [one, two] = links;

/** A quorum of the set. */
const signersOf = (set: ValidatorSet): number[] => (set.length === 3 ? [0, 1, 2] : [0, 1, 3]);

function finalized(block: Block, set: ValidatorSet, signers = signersOf(set)) {
  return { certificate: certify(VOTE.FINALIZE, block, signers, set), headers: [] };
}

/** That transaction `index` of block 1 is on the ledger, under the header of a later epoch. */
function includedUnder(index: number, under: number): Uint8Array {
  const subtrees = subtreesOf(epochBlocks.slice(0, under).map(({ hash }) => hash));
  const next = { header: blockAt(2).headerBytes, path: inclusionProof(subtrees, under, 2) };
  return encode(inclusionSchema, { ...inclusionOf(index), next });
}

interface Crossing {
  readonly receipt: Receipt;
  readonly indexes: readonly number[];
  readonly keys: readonly string[];
}

const RECORD: Crossing = {
  receipt: receipts.record,
  indexes: [1],
  keys: ['record/acme/builds/job/4711'],
};

/** The receipt of a record under block `height`, which `set` finalized, with these links. */
export function crossing(
  height: number,
  set: ValidatorSet,
  given: readonly ValidatorLink[],
  signers?: readonly number[],
): Receipt {
  const { receipt, indexes, keys } = RECORD;
  const block = blockAt(height);
  const finality = finalized(block, set, signers === undefined ? undefined : [...signers]);
  const state = { ...proveKeys(keys), header: block.headerBytes, history: null, finality };
  return {
    ...receipt,
    state: encode(provenStateSchema, state),
    links: given.map((link) => encode(validatorLinkSchema, link)),
    transactions: indexes.map((index) => includedUnder(index, height)),
  };
}

export function crossingVectors(): { vectors: Vector[]; invalid: InvalidVector[] } {
  const good = (name: string, receipt: Receipt): Vector =>
    vector(name, 'receipt', receiptSchema, receipt);
  const bad = (name: string, receipt: Receipt): InvalidVector =>
    invalid(name, 'receipt', encode(receiptSchema, receipt));
  const weak = linkOf(4, first, second, [0, 1]);
  const stranger = linkOf(6, second, first);
  return {
    vectors: [
      good('across a change of validators', crossing(5, second, [one])),
      good('across two changes of validators', crossing(7, third, [one, two])),
      good('across an epoch that changed nothing', crossing(9, third, [one, two])),
    ],
    invalid: [
      bad('of a later epoch, without links', crossing(5, second, [])),
      bad('of the third epoch, without its link', crossing(7, third, [one])),
      bad('of the third epoch, without the first link', crossing(7, third, [two])),
      bad('links out of order', crossing(7, third, [two, one])),
      bad('a link twice', crossing(7, third, [one, one, two])),
      bad('links beyond the epoch', crossing(5, second, [one, two])),
      bad('a link that two of four signed', crossing(5, second, [weak])),
      bad('a link to other validators', crossing(7, third, [one, stranger])),
      bad('finalized by the validators before', crossing(5, first, [one])),
      bad('too few of the later validators', crossing(7, third, [one, two], [0, 2])),
    ],
  };
}

/** What a node on `all` shows of `height` under block `newest`. */
function shown(
  all: readonly Block[],
  height: number,
  newest: number,
  set: ValidatorSet,
): FinalHeaderProof {
  const [older, newer] = [all[height], all[newest]] as [Block, Block];
  const finality = finalized(newer, set);
  if (height === newest) return { header: older.headerBytes, history: null, finality };
  const subtrees = subtreesOf(all.slice(0, newest).map(({ hash }) => hash));
  const path = inclusionProof(subtrees, newest, height);
  return { header: older.headerBytes, history: { header: newer.headerBytes, path }, finality };
}

/** A step of the light client: the next checkpoint, or the code. */
interface StepVector {
  readonly name: string;
  readonly checkpoint: string;
  readonly links: readonly string[];
  readonly proof: string;
  readonly next?: string;
  readonly code?: string;
}

function step(
  name: string,
  checkpoint: Checkpoint,
  proof: FinalHeaderProof,
  given: readonly ValidatorLink[] = [],
): StepVector {
  const result = advance({ checkpoint, links: given, proof, verify });
  const of = (next: Checkpoint): string => toHex(encode(checkpointSchema, next));
  return {
    name,
    checkpoint: of(checkpoint),
    links: given.map((link) => toHex(encode(validatorLinkSchema, link))),
    proof: toHex(encode(finalHeaderSchema, { version: 1, ...proof })),
    ...(result.ok ? { next: of(result.value.checkpoint) } : { code: result.code }),
  };
}

export function stepVectors(): readonly StepVector[] {
  const all = epochBlocks;
  const start = genesisCheckpoint(genesis);
  const later = (height: number, set: ValidatorSet, epoch: number): Checkpoint => ({
    ...start,
    epoch,
    validators: set,
    header: blockAt(height).headerBytes,
    certificate: finalized(blockAt(height), set).certificate,
  });
  const atTwo = later(2, first, 1);
  const fork = all.slice(0, 2);
  extend(fork, { time: blockAt(2).header.time + 7 });
  extend(fork, {});
  const honest = shown(all, 2, 3, first);
  return [
    step('from the genesis', start, shown(all, 0, 3, first)),
    step('to where it is', atTwo, shown(all, 2, 2, first)),
    step('in one epoch', atTwo, honest),
    step('into the second epoch', atTwo, shown(all, 2, 5, second), [one]),
    step('into the fourth epoch', atTwo, shown(all, 2, 9, third), [one, two]),
    step('with links that lead further', atTwo, honest, [one, two]),
    step('from the second epoch', later(5, second, 2), shown(all, 5, 7, third), [two]),
    step('into the second epoch without its link', atTwo, shown(all, 2, 5, second)),
    step('with the link of another epoch', atTwo, shown(all, 2, 5, second), [two]),
    step('of another height', atTwo, shown(all, 1, 3, first)),
    step('by too few', atTwo, { ...honest, finality: finalized(blockAt(3), first, [0, 1]) }),
    step('onto another history', atTwo, shown(fork, 2, 3, first)),
    step('onto another genesis block', start, {
      ...shown(all, 0, 3, first),
      header: blockAt(1).headerBytes,
    }),
  ];
}
