/**
 * That a block is final, to who knows the chain and the validators of an epoch. Pure.
 *
 * Two ways: the block or a descendant has a finalization (`Finality`); or it is older, and the
 * history of a block that is final in the first way holds it (`historyRoot`, RFC 6962). The second
 * way needs no certificate of the old block and no key of its validators, which may be gone.
 */
import { equalBytes } from '../common/bytes.ts';
import {
  bytesUpTo,
  decode,
  list,
  nullable,
  type TypeOf,
  tuple,
  version,
} from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { blockHash, decodeHeader, HEADER_BYTES_MAX, type Header, headerSchema } from './block.ts';
import { firstEpochOf } from './first-block.ts';
import { chainOf, type Genesis, genesisValidators } from './genesis.ts';
import { MERKLE_DEPTH_MAX, verifyInclusion } from './merkle/rfc6962.ts';
import { hash } from './primitives.ts';
import { type ValidatorSet, validatorsHash } from './validators.ts';
import { type Certificate, certificateSchema, VOTE, verifyCertificate } from './vote.ts';

/** From 64 unfinalized blocks on leaders propose empty ones only: those, and as many again. */
export const FINALITY_HEADERS_MAX = 128;
/** What makes a block final: its own or a descendant's finalization, and the headers between. */
export const finalitySchema = tuple({
  certificate: certificateSchema,
  /** The headers of its descendants up to the certified block; none if it is that one itself. */
  headers: list(bytesUpTo(HEADER_BYTES_MAX), FINALITY_HEADERS_MAX),
});
export type Finality = TypeOf<typeof finalitySchema>;

/** An RFC 6962 path, deepest sibling first. */
export const merklePathSchema = list(hash, MERKLE_DEPTH_MAX);

/** That an older header stands in the history of a newer one. */
export const historySchema = tuple({
  /** The newer header. */
  header: bytesUpTo(HEADER_BYTES_MAX),
  /** From the older block's hash, the leaf at its height, to the newer one's `historyRoot`. */
  path: merklePathSchema,
});
export type History = TypeOf<typeof historySchema>;

/** What shows that the block of `header` is final; also part of other proofs. */
export const finalHeaderFields = {
  header: bytesUpTo(HEADER_BYTES_MAX),
  /** Null: `finality` is that of `header` itself; else that of the header in here. */
  history: nullable(historySchema),
  finality: finalitySchema,
} as const;

export const finalHeaderSchema = tuple({ version: version(1), ...finalHeaderFields });
export type FinalHeaderProof = Omit<TypeOf<typeof finalHeaderSchema>, 'version'>;

/** What the reader knows beforehand: the chain, and who validates in the proof's epoch. */
export interface ChainTrust {
  readonly chain: Uint8Array;
  /** The first one of these validators; a later one that names them is theirs, too. */
  readonly epoch: number;
  readonly validators: ValidatorSet;
}

/** What a genesis alone tells: the validators of the first epoch, and as long as they stay. */
export function trustOf(genesis: Genesis): ChainTrust {
  const epoch = firstEpochOf(genesis);
  return { chain: chainOf(genesis), epoch, validators: genesisValidators(genesis) };
}

/** A block that a proof showed to be final. */
export interface ProvenHead {
  readonly height: number;
  /** Ledger time in ms. */
  readonly time: number;
  readonly hash: Uint8Array;
}

export type FinalityCode =
  /** A header doesn't decode, or can't carry a state. */
  | 'PROOF_HEADER'
  /** A header or the certificate is of another chain. */
  | 'PROOF_CHAIN'
  /** A header is not the child of the one before. */
  | 'PROOF_LINK'
  /** Another epoch or validator set than the reader knows. */
  | 'PROOF_EPOCH'
  /** The certificate is not a finalization of the last header. */
  | 'PROOF_FINALITY'
  /** Too few signers, or one that is no validator. */
  | 'PROOF_QUORUM'
  /** A signature is not good. */
  | 'PROOF_SIGNATURE';

export type FinalHeaderCode =
  | FinalityCode
  /** The older header is not in the newer one's history. */
  | 'PROOF_HISTORY';

/** A header that proved final, and the certified block that made it so. */
export interface FinalHeader {
  readonly header: Header;
  readonly head: ProvenHead;
}

/** Checks that the block of `header` (its bytes) is final under the validators of its epoch. */
export function verifyFinality(options: {
  readonly trust: ChainTrust;
  readonly header: Uint8Array;
  readonly finality: Finality;
  readonly verify: Verify;
}): Result<FinalHeader, FinalityCode> {
  const { trust, finality, verify } = options;
  const validators = validatorsHash(trust.chain, trust.validators);
  let first: Header | undefined;
  let last: FinalHeader | undefined;
  for (const bytes of [options.header, ...finality.headers]) {
    const read = readHeader(trust, validators, bytes);
    if (!read.ok) return read;
    const header = read.value;
    if (last !== undefined && !isChild(header, last)) {
      return failure('PROOF_LINK', `the header of height ${header.height} has another parent`);
    }
    // An epoch's last block is final by itself, so all are of one.
    if (last !== undefined && header.epoch !== last.header.epoch) {
      return failure('PROOF_EPOCH', `the block is of epoch ${header.epoch}, its parent of another`);
    }
    const { height, time } = header;
    last = { header, head: { height, time, hash: blockHash(trust.chain, bytes) } };
    first ??= header;
  }
  if (first === undefined || last === undefined) return failure('PROOF_HEADER', 'no header');
  const certified = checkCertificate(trust, finality.certificate, last, verify);
  return certified.ok ? success({ header: first, head: last.head }) : certified;
}

function isChild(header: Header, parent: FinalHeader): boolean {
  const { head } = parent;
  return header.height === head.height + 1 && equalBytes(header.parent, head.hash);
}

/** Decodes a header that names the trusted validators. */
function readHeader(
  trust: ChainTrust,
  validators: Uint8Array,
  bytes: Uint8Array,
): Result<Header, FinalityCode> {
  const header = readHeaderOf(trust.chain, bytes);
  if (!header.ok) return header;
  if (header.value.epoch < trust.epoch || !equalBytes(header.value.validators, validators)) {
    return failure(
      'PROOF_EPOCH',
      `the block is of epoch ${header.value.epoch} or other validators`,
    );
  }
  return header;
}

/** Decodes a header of the chain. */
export function readHeaderOf(chain: Uint8Array, bytes: Uint8Array): Result<Header, FinalityCode> {
  const header = decodeHeader(chain, bytes);
  if (header.ok) return header;
  return failure(header.code === 'BLOCK_CHAIN' ? 'PROOF_CHAIN' : 'PROOF_HEADER', header.message);
}

/** Decodes a header of whatever chain: its place under a final header tells whether it counts. */
export function readAnyHeader(bytes: Uint8Array): Result<Header, FinalityCode> {
  const header = decode(headerSchema, bytes, HEADER_BYTES_MAX);
  return header.ok ? header : failure('PROOF_HEADER', header.message);
}

function checkCertificate(
  trust: ChainTrust,
  certificate: Certificate,
  { header, head }: FinalHeader,
  verify: Verify,
): Result<null, FinalityCode> {
  const { kind, chain, epoch, view, block } = certificate;
  if (!equalBytes(chain, trust.chain)) return failure('PROOF_CHAIN', 'votes of another chain');
  if (epoch !== header.epoch) return failure('PROOF_EPOCH', `votes of epoch ${epoch}`);
  if (view < header.view) return failure('PROOF_FINALITY', 'votes of a view before the block');
  if (kind !== VOTE.FINALIZE || block === null || !equalBytes(block, head.hash)) {
    return failure('PROOF_FINALITY', 'the certificate does not finalize the last header');
  }
  const checked = verifyCertificate(certificate, trust.validators, verify);
  if (checked.ok) return checked;
  const code = checked.code === 'CERTIFICATE_SIGNATURE' ? 'PROOF_SIGNATURE' : 'PROOF_QUORUM';
  return failure(code, checked.message);
}

/** The header that `finality` is about: its validators have to be known. */
export function certifiedHeader({ header, history }: FinalHeaderProof): Uint8Array {
  return history?.header ?? header;
}

/** Checks that the block of `header` is final, itself or as part of a newer one's history. */
export function verifyFinalHeader(options: {
  readonly trust: ChainTrust;
  readonly proof: FinalHeaderProof;
  readonly verify: Verify;
}): Result<FinalHeader, FinalHeaderCode> {
  const { trust, proof, verify } = options;
  const { header: bytes, history, finality } = proof;
  const final = verifyFinality({ trust, header: certifiedHeader(proof), finality, verify });
  if (!final.ok || history === null) return final;
  const { header: newer, head } = final.value;
  const older = headerInHistory(newer, bytes, history.path);
  return older.ok ? success({ header: older.value, head }) : older;
}

/**
 * Reads a header that stands in the history of a final one. Below a successor's first block the
 * history holds the headers of the chain before: the leaf is the hash under the header's own chain.
 */
export function headerInHistory(
  newer: Header,
  bytes: Uint8Array,
  path: readonly Uint8Array[],
): Result<Header, FinalHeaderCode> {
  const { height: count, historyRoot } = newer;
  const older = readAnyHeader(bytes);
  if (!older.ok) return older;
  const { chain, height } = older.value;
  return verifyInclusion(historyRoot, count, height, blockHash(chain, bytes), path)
    ? older
    : failure('PROOF_HISTORY', `block ${height} is not in the history of block ${count}`);
}
