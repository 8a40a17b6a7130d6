/** The test vectors: every structure built from the fixed keys of `world.ts`. */
import { fromHex, toHex } from '../../../src/common/bytes.ts';
import { encode, type Json } from '../../../src/common/codec/index.ts';
import { encodeEvidenceRecord } from '../../../src/consensus/evidence/record.ts';
import { encodeMessage, MESSAGE, NONCE_BYTES } from '../../../src/consensus/messages.ts';
import { encodeRecord, RECORD, type WalRecord } from '../../../src/consensus/records.ts';
import { type Block, encodeBlock } from '../../../src/ledger/block.ts';
import { leafHashes } from '../../../src/ledger/merkle/rfc6962.ts';
import { assetToText } from '../../../src/ledger/primitives.ts';
import {
  type Certificate,
  certificateSchema,
  signVote,
  VOTE,
  type Vote,
} from '../../../src/ledger/vote.ts';
import { DIALLED, statusSchema } from '../../../src/p2p/status.ts';
import {
  rangeBlockSchema,
  rangeHeadSchema,
  rangeRequestSchema,
} from '../../../src/p2p/sync/range-messages.ts';
import { bytesVector, invalid, type Vector, type VectorFile, vector } from './vector.ts';
import { attestationVectors, verdictVectors } from './vectors-answers.ts';
import { stepVectors } from './vectors-epochs.ts';
import { evidenceVectors, faults } from './vectors-evidence.ts';
import { blockVectors, genesisVectors, transactionVectors, voteVectors } from './vectors-ledger.ts';
import { listVectors } from './vectors-lists.ts';
import {
  finalHeaderVectors,
  linkVectors,
  merkleVectors,
  provenVectors,
  stateVectors,
} from './vectors-proofs.ts';
import { readingVectors } from './vectors-readings.ts';
import { lightVectors, receiptVectors } from './vectors-receipts.ts';
import { successorVectors } from './vectors-successors.ts';
import { asset, blocks, certify, chain, GENESIS_TIME, keysOf, members } from './world.ts';

const [one, two] = blocks.slice(1) as [Block, Block];

const message = (name: string, value: Parameters<typeof encodeMessage>[0]): Vector =>
  bytesVector(name, 'consensus-message', encodeMessage(value));

/** Asking where others stand, and what they answer. */
function standingVectors(): Vector[] {
  const nonce = new Uint8Array(NONCE_BYTES).fill(7);
  return [
    message('query', { kind: MESSAGE.QUERY, version: 1, nonce }),
    message('answer', {
      kind: MESSAGE.ANSWER,
      version: 1,
      nonce,
      epoch: 1,
      view: 2,
      entry: certify(VOTE.FINALIZE, one),
    }),
    message('answer in the first view', {
      kind: MESSAGE.ANSWER,
      version: 1,
      nonce,
      epoch: 2,
      view: 1,
      entry: null,
    }),
  ];
}

/** Of proposals that name their transactions. */
function bodyVectors(vote: Vote, acceptance: Certificate): Vector[] {
  return [
    message('outline', {
      kind: MESSAGE.OUTLINE,
      version: 1,
      header: two.headerBytes,
      leaves: leafHashes(two.transactions),
      vote,
      justification: [acceptance],
    }),
    message('bodies-request', {
      kind: MESSAGE.BODIES_REQUEST,
      version: 1,
      block: two.hash,
      missing: Uint8Array.of(1),
    }),
    message('bodies', {
      kind: MESSAGE.BODIES,
      version: 1,
      block: two.hash,
      transactions: two.transactions,
    }),
  ];
}

function messageVectors(): VectorFile {
  const about = { chain, epoch: 1, view: 2, block: two.hash };
  const vote = signVote({ version: 1, kind: VOTE.ACCEPT, ...about }, 1, keysOf('bravo validator'));
  const acceptance = certify(VOTE.ACCEPT, one);
  const votes = message('votes', { kind: MESSAGE.VOTES, version: 1, votes: [vote] });
  return {
    vectors: [
      message('proposal', {
        kind: MESSAGE.PROPOSAL,
        version: 1,
        block: encodeBlock(two),
        vote,
        justification: [acceptance],
      }),
      votes,
      message('certificates', {
        kind: MESSAGE.CERTIFICATES,
        version: 1,
        certificates: [acceptance],
      }),
      message('request', {
        kind: MESSAGE.REQUEST,
        version: 1,
        epoch: 1,
        blocks: [one.hash],
        views: [2, 3],
      }),
      message('block', { kind: MESSAGE.BLOCK, version: 1, block: encodeBlock(one), acceptance }),
      message('status', {
        kind: MESSAGE.STATUS,
        version: 1,
        epoch: 1,
        view: 2,
        height: 0,
        votes: [vote],
        entry: acceptance,
      }),
      ...bodyVectors(vote, acceptance),
      message('evidence', { kind: MESSAGE.EVIDENCE, version: 1, evidence: [faults.accept] }),
      message('finality', {
        kind: MESSAGE.FINALITY,
        version: 1,
        header: one.headerBytes,
        certificate: certify(VOTE.FINALIZE, one),
      }),
      ...standingVectors(),
    ],
    invalid: [
      invalid(
        'an unknown kind',
        'consensus-message',
        (fromHex(votes.bytes) as Uint8Array).with(1, 99),
      ),
    ],
  };
}

/** What the consensus log holds, and what peers tell each other about blocks. */
function nodeVectors(): VectorFile {
  const { publicKey } = keysOf('bravo validator');
  const about = { chain, epoch: 1, view: 2, block: two.hash };
  const vote = signVote({ version: 1, kind: VOTE.ACCEPT, ...about }, 1, keysOf('bravo validator'));
  const certificate = certify(VOTE.FINALIZE, two);
  const record = (name: string, value: WalRecord): Vector =>
    bytesVector(`log: ${name}`, 'log-record', encodeRecord(value));
  const floor = { chain, key: publicKey, epoch: 1, view: 1 };
  const range = { block: encodeBlock(two), certificate: encode(certificateSchema, certificate) };
  const told = { time: two.header.time + 20, dialled: DIALLED.REACHED };
  const echo = { time: two.header.time + 3, heldMs: 12 };
  const head = { height: 2, hash: two.hash, oldest: 1 };
  const status = { version: 3, chain, ...head, ...told, echo } as const;
  const generation = record('generation', { kind: RECORD.GENERATION, version: 1, generation: 7 });
  return {
    vectors: [
      record('floor', { kind: RECORD.FLOOR, version: 1, ...floor }),
      record('block', { kind: RECORD.BLOCK, version: 1, block: encodeBlock(two) }),
      record('vote', { kind: RECORD.VOTE, version: 1, vote }),
      record('certificate', { kind: RECORD.CERTIFICATE, version: 1, certificate }),
      generation,
      record('abstain', { kind: RECORD.ABSTAIN, version: 1, epoch: 2, view: 1 }),
      record('diverged', {
        kind: RECORD.DIVERGED,
        version: 1,
        block: { height: 2, hash: two.hash },
      }),
      bytesVector(
        'evidence: record',
        'evidence-record',
        encodeEvidenceRecord({
          version: 1,
          seenAt: GENESIS_TIME,
          member: 'bravo',
          key: publicKey,
          evidence: faults.accept,
        }),
      ),
      vector('status', 'peer-status', statusSchema, status),
      vector('status: the first', 'peer-status', statusSchema, { ...status, echo: null }),
      vector('range: request', 'range-request', rangeRequestSchema, { version: 1, from: 1 }),
      vector('range: head', 'range-head', rangeHeadSchema, { version: 1, count: 2 }),
      vector('range: block with its finalization', 'range-block', rangeBlockSchema, range),
      vector('range: block', 'range-block', rangeBlockSchema, { ...range, certificate: null }),
    ],
    invalid: [
      invalid(
        'log: a generation of another version',
        'log-record',
        (fromHex(generation.bytes) as Uint8Array).with(2, 2),
      ),
      invalid('status: of another version', 'peer-status', encode(statusSchema, status).with(1, 1)),
    ],
  };
}

/** Seeds and public keys of everybody in the vectors. */
function keyVectors(): Json {
  const names = members.flatMap(({ id, validatorKey }) => [
    `${id} member`,
    ...(validatorKey === null ? [] : [`${id} validator`]),
    `${id} node`,
  ]);
  return {
    rule: 'seed = SHA-256("ztc test key " + name)',
    asset: assetToText(asset),
    keys: [...names, 'foxtrot validator', 'acme 1', 'acme 2', 'zeta 1'].map((name) => ({
      name,
      seed: toHex(keysOf(name).secretKey),
      key: toHex(keysOf(name).publicKey),
    })),
  };
}

/** All files by name, as data. */
export function vectorFiles(): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ['keys.json', keyVectors()],
    ['genesis.json', genesisVectors()],
    ['successors.json', successorVectors()],
    ['transactions.json', transactionVectors()],
    ['blocks.json', blockVectors()],
    ['votes.json', voteVectors()],
    ['evidence.json', evidenceVectors()],
    ['state.json', stateVectors()],
    ['final-headers.json', finalHeaderVectors()],
    ['proven-state.json', provenVectors()],
    ['validator-links.json', linkVectors()],
    ['consensus-messages.json', messageVectors()],
    ['node.json', nodeVectors()],
    ['receipts.json', receiptVectors()],
    ['readings.json', { receipts: readingVectors() }],
    ['light-client.json', lightVectors()],
    ['light-steps.json', { steps: stepVectors() }],
    ['lists.json', { runs: listVectors() }],
    ['verdicts.json', { verdicts: verdictVectors() }],
    ['attestations.json', { attestations: attestationVectors() }],
    ['merkle.json', merkleVectors()],
  ]);
}
