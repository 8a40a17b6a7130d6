/**
 * Every structure of the format by the name it has in the test vectors: how its bytes are read, and
 * what is checked beyond their form, in the consortium of `world.ts`.
 */
import {
  type DecodeCode,
  decode,
  type Json,
  type Schema,
  toJson,
} from '../../../src/common/codec/index.ts';
import type { Result } from '../../../src/common/result.ts';
import { failure, success } from '../../../src/common/result.ts';
import { verify } from '../../../src/common/signature.ts';
import { decodeEvidenceRecord } from '../../../src/consensus/evidence/record.ts';
import { decodeMessage } from '../../../src/consensus/messages.ts';
import { decodeRecord } from '../../../src/consensus/records.ts';
import { BATCH_BYTES_MAX, batchSchema } from '../../../src/ledger/batch.ts';
import {
  type Block,
  blockSchema,
  decodeBlock,
  decodeHeader,
  headerSchema,
  resultSchema,
} from '../../../src/ledger/block.ts';
import { decodeEvidence, evidenceSchema, verifyEvidence } from '../../../src/ledger/evidence.ts';
import { finalHeaderSchema, trustOf, verifyFinalHeader } from '../../../src/ledger/finality.ts';
import {
  checkGenesis,
  genesisSchema,
  genesisSignatureSchema,
  memberRequestSchema,
  publisherRequestSchema,
  signedGenesisSchema,
} from '../../../src/ledger/genesis.ts';
import { fullGenesisSchema, verifyGenesis } from '../../../src/ledger/genesis-signatures.ts';
import { inclusionSchema, verifyTransaction } from '../../../src/ledger/inclusion.ts';
import { checkFork, checkpointSchema, forkSchema } from '../../../src/ledger/light-client.ts';
import { frontierSchema } from '../../../src/ledger/merkle/rfc6962.ts';
import { parametersSchema } from '../../../src/ledger/parameters.ts';
import {
  PROVEN_STATE_BYTES_MAX,
  provenStateSchema,
  verifyProvenState,
} from '../../../src/ledger/proven-state.ts';
import { checkReceipt, receiptSchema } from '../../../src/ledger/receipt.ts';
import { verifyMemberRequest, verifyPublisherRequest } from '../../../src/ledger/requests.ts';
import {
  activeMembersSchema,
  epochStateSchema,
  keyOwnerSchema,
  listHeadSchema,
  memberStateSchema,
  memberVoteSchema,
  openProposalsSchema,
  proposalSchema,
  proposalStateSchema,
  publisherStateSchema,
  revisionSchema,
  statementSchema,
} from '../../../src/ledger/state-values.ts';
import { decodeTransaction, transactionSchema } from '../../../src/ledger/transaction.ts';
import { followLinks, validatorLinkSchema } from '../../../src/ledger/validator-links.ts';
import {
  certificateSchema,
  decodeCertificate,
  decodeVote,
  verifyCertificate,
  verifyVote,
  voteSchema,
} from '../../../src/ledger/vote.ts';
import { statusSchema } from '../../../src/p2p/status.ts';
import {
  rangeBlockSchema,
  rangeHeadSchema,
  rangeRequestSchema,
} from '../../../src/p2p/sync/range-messages.ts';
import { blocks, chain, genesis, validators } from './world.ts';

/** Whose header carries the state and the results after block 1. */
const carrier = blocks[2] as Block;

export interface Structure {
  /** Null for what has no JSON form. */
  readonly schema: Schema<unknown> | null;
  /** `ok`, or the code of what is wrong with these bytes. */
  check(bytes: Uint8Array): string;
}

const BYTES_MAX = 1 << 24;
const BAD_SIGNATURE = 'BAD_SIGNATURE';

function codeOf(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.code;
}

/** A structure whose form is all there is to check, or with a check of the decoded value. */
function plain<T>(
  schema: Schema<T>,
  check: (value: T) => Result<unknown> = () => success(null),
  sizeMax = BYTES_MAX,
): Structure {
  return by(schema, (bytes) => decode(schema, bytes, sizeMax), check);
}

function by<T, V>(
  schema: Schema<T> | null,
  read: (bytes: Uint8Array) => Result<V, DecodeCode | string>,
  check: (value: V) => Result<unknown> = () => success(null),
): Structure {
  return {
    schema: schema as Schema<unknown> | null,
    check: (bytes) => {
      const decoded = read(bytes);
      return codeOf(decoded.ok ? check(decoded.value) : decoded);
    },
  };
}

const orBadSignature = (good: boolean): Result<null> =>
  good ? success(null) : failure(BAD_SIGNATURE, 'a signature is not good');

export const STRUCTURES: Readonly<Record<string, Structure>> = {
  'member-request': plain(memberRequestSchema, (value) => verifyMemberRequest(value, verify)),
  'publisher-request': plain(publisherRequestSchema, (value) =>
    verifyPublisherRequest(value, verify),
  ),
  genesis: plain(genesisSchema, checkGenesis),
  'genesis-signature': plain(genesisSignatureSchema),
  'signed-genesis': plain(signedGenesisSchema, (value) => verifyGenesis(value, verify)),
  'full-genesis': plain(fullGenesisSchema, (value) => verifyGenesis(value, verify)),
  parameters: plain(parametersSchema),
  transaction: by(
    transactionSchema,
    (bytes) => decodeTransaction(bytes, BYTES_MAX),
    ({ transaction, id }) =>
      orBadSignature(
        transaction.signatures.every(({ key, signature }) => verify(signature, id, key)),
      ),
  ),
  batch: plain(batchSchema, undefined, BATCH_BYTES_MAX),
  header: by(headerSchema, (bytes) => decodeHeader(chain, bytes)),
  block: by(blockSchema, (bytes) => decodeBlock(chain, bytes)),
  result: plain(resultSchema),
  vote: by(voteSchema, decodeVote, (vote) => orBadSignature(verifyVote(vote, validators, verify))),
  certificate: by(certificateSchema, decodeCertificate, (certificate) =>
    verifyCertificate(certificate, validators, verify),
  ),
  evidence: by(evidenceSchema, decodeEvidence, (evidence) =>
    verifyEvidence(evidence, chain, validators, verify),
  ),
  'evidence-record': by(null, decodeEvidenceRecord),
  'consensus-message': by(null, decodeMessage),
  'log-record': by(null, decodeRecord),
  'peer-status': plain(statusSchema),
  'range-request': plain(rangeRequestSchema),
  'range-head': plain(rangeHeadSchema),
  'range-block': plain(rangeBlockSchema),
  'list-head': plain(listHeadSchema),
  frontier: plain(frontierSchema),
  'epoch-state': plain(epochStateSchema),
  'active-members': plain(activeMembersSchema),
  'member-state': plain(memberStateSchema),
  'publisher-state': plain(publisherStateSchema),
  'key-owner': plain(keyOwnerSchema),
  proposal: plain(proposalSchema),
  'proposal-state': plain(proposalStateSchema),
  'member-vote': plain(memberVoteSchema),
  'open-proposals': plain(openProposalsSchema),
  statement: plain(statementSchema),
  revision: plain(revisionSchema),
  'final-header': plain(finalHeaderSchema, (proof) =>
    verifyFinalHeader({ trust: trustOf(genesis), proof, verify }),
  ),
  inclusion: by(inclusionSchema, (bytes) =>
    verifyTransaction({ final: carrier.header, bytes, verify }),
  ),
  receipt: plain(receiptSchema, (receipt) =>
    checkReceipt({ trust: trustOf(genesis), receipt, verify }),
  ),
  checkpoint: plain(checkpointSchema),
  fork: plain(forkSchema, (fork) => checkFork(fork, verify)),
  'proven-state': plain(
    provenStateSchema,
    (proven) => verifyProvenState({ trust: trustOf(genesis), proven, verify }),
    PROVEN_STATE_BYTES_MAX,
  ),
  'validator-link': plain(validatorLinkSchema, (link) =>
    followLinks({ trust: trustOf(genesis), links: [link], verify }),
  ),
};

/** The JSON form of a decoded structure. */
export function jsonOf(structure: Structure, bytes: Uint8Array): Json {
  if (structure.schema === null) return null;
  const decoded = decode(structure.schema, bytes, BYTES_MAX);
  if (!decoded.ok) throw new Error(`${decoded.code}: ${decoded.message}`);
  return toJson(structure.schema, decoded.value);
}
