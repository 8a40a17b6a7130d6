/**
 * Proven state: values of the ledger's state, or their absence, as of a height, with all that a
 * reader needs who knows only the chain and the validators of the epoch. Pure.
 *
 *   const trust = trustOf(genesis);       // later epochs: `validator-links.ts`
 *   const proven = fromJson(provenStateSchema, answer); // or decode(…, PROVEN_STATE_BYTES_MAX)
 *   const view = verifyProvenState({ trust, proven: proven.value, verify });
 *   view.value.get(stateKey.parameters)   // bytes, null = absent, undefined = not shown
 *
 * A node makes one for height H (block H + 1 must be final) from
 *   { version: 1, header: headerBytes(H + 1), finality: finality(H + 1),
 *     treeRoot: state(H).treeRoot, entries: keys.map((key) => ({ key, value or null, proof })) }.
 *
 * `height` is H, the last block whose transactions are in the state shown. `time` is the ledger
 * time of block H + 1, whose header carries that state: a quorum says that it was current then. No
 * statement in it is later. `head` is the block that the certificate finalizes (H + 1 or later):
 * its time tells how fresh the proof is, its height and hash are what a trust file remembers.
 *
 * `verifyProvenState` never throws; its time is bounded by the schema's limits (one signature a
 * validator, one hash a header and sibling).
 */
import { equalBytes } from '../common/bytes.ts';
import {
  bytesUpTo,
  list,
  nullable,
  type TypeOf,
  text,
  tuple,
  version,
} from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { blockHash, decodeHeader, HEADER_BYTES_MAX, type Header } from './block.ts';
import { chainOf, type Genesis, genesisValidators } from './genesis.ts';
import { stateProofSchema, stateRootOf, verifyStateProof } from './merkle/sparse.ts';
import { hash } from './primitives.ts';
import { type ValidatorSet, validatorsHash } from './validators.ts';
import { type Certificate, certificateSchema, VOTE, verifyCertificate } from './vote.ts';

/** From 64 unfinalized blocks on leaders propose empty ones only: those, and as many again. */
export const FINALITY_HEADERS_MAX = 128;
/** `revisions/`, a namespace of 105 bytes, a slash and a record key of 256 are the longest. */
export const STATE_KEY_BYTES_MAX = 384;
/** The largest values are a record's revision (64 KiB) and a publisher with 1,000 keys. */
export const STATE_VALUE_BYTES_MAX = 128 * 1024;
/** One answer: a list's head, its publishers and all members. */
export const PROVEN_ENTRIES_MAX = 4096;
/** Below the largest response of a node, in JSON too. */
export const PROVEN_STATE_BYTES_MAX = 6 * 1024 * 1024;

/** What makes a block final: its own or a descendant's finalization, and the headers between. */
export const finalitySchema = tuple({
  certificate: certificateSchema,
  /** The headers of its descendants up to the certified block; none if it is that one itself. */
  headers: list(bytesUpTo(HEADER_BYTES_MAX), FINALITY_HEADERS_MAX),
});
export type Finality = TypeOf<typeof finalitySchema>;

export const provenEntrySchema = tuple({
  key: text(STATE_KEY_BYTES_MAX),
  /** Null: the key is absent. */
  value: nullable(bytesUpTo(STATE_VALUE_BYTES_MAX)),
  proof: stateProofSchema,
});
export type ProvenEntry = TypeOf<typeof provenEntrySchema>;

export const provenStateSchema = tuple({
  version: version(1),
  /** Of block H + 1, whose `stateRoot` is the state after block H. */
  header: bytesUpTo(HEADER_BYTES_MAX),
  finality: finalitySchema,
  /** The root of the state tree after block H. */
  treeRoot: hash,
  /** In any order, no key twice. */
  entries: list(provenEntrySchema, PROVEN_ENTRIES_MAX),
});
export type ProvenState = TypeOf<typeof provenStateSchema>;

/** What the reader knows beforehand: the chain, and who validates in the proof's epoch. */
export interface ChainTrust {
  readonly chain: Uint8Array;
  /** The first one of these validators; a later one that names them is theirs, too. */
  readonly epoch: number;
  readonly validators: ValidatorSet;
}

/** What a genesis alone tells: the validators of the first epoch, and as long as they stay. */
export function trustOf(genesis: Genesis): ChainTrust {
  return { chain: chainOf(genesis), epoch: 1, validators: genesisValidators(genesis) };
}

/** A block that a proof showed to be final. */
export interface ProvenHead {
  readonly height: number;
  /** Ledger time in ms. */
  readonly time: number;
  readonly hash: Uint8Array;
}

/** State that was proven, to be read without further checks. */
export interface ProvenView {
  readonly chain: Uint8Array;
  /** H: the state is that after this block. */
  readonly height: number;
  /** Ledger time in ms of block H + 1, whose header carries this state. */
  readonly time: number;
  /** The certified block: H + 1 or a descendant. */
  readonly head: ProvenHead;
  /** The value; null: proven absent; undefined: not shown. */
  get(key: string): Uint8Array | null | undefined;
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

export type ProvenStateCode =
  | FinalityCode
  /** The tree root is not the one that the header names. */
  | 'PROOF_STATE_ROOT'
  /** A value, or an absence, isn't in the tree as claimed; or a key stands twice. */
  | 'PROOF_ENTRY';

/** Checks everything that `proven` claims, under what the reader trusts. */
export function verifyProvenState(options: {
  readonly trust: ChainTrust;
  readonly proven: ProvenState;
  readonly verify: Verify;
}): Result<ProvenView, ProvenStateCode> {
  const { trust, proven, verify } = options;
  const { chain } = trust;
  const final = verifyFinality({ trust, header: proven.header, finality: proven.finality, verify });
  if (!final.ok) return final;
  const { header, head } = final.value;
  if (header.height === 0) return failure('PROOF_HEADER', 'the genesis block carries no state');
  if (!equalBytes(stateRootOf(chain, proven.treeRoot), header.stateRoot)) {
    return failure('PROOF_STATE_ROOT', 'the tree root is not the one in the header');
  }
  const values = new Map<string, Uint8Array | null>();
  for (const { key, value, proof } of proven.entries) {
    if (values.has(key)) return failure('PROOF_ENTRY', `the key ${key} stands twice`);
    if (!verifyStateProof(proven.treeRoot, key, value ?? undefined, proof)) {
      return failure('PROOF_ENTRY', `the proof for the key ${key} does not hold`);
    }
    values.set(key, value);
  }
  const get = (key: string): Uint8Array | null | undefined => values.get(key);
  return success({ chain, height: header.height - 1, time: header.time, head, get });
}

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
  const header = decodeHeader(trust.chain, bytes);
  if (!header.ok) {
    const code = header.code === 'BLOCK_CHAIN' ? 'PROOF_CHAIN' : 'PROOF_HEADER';
    return failure(code, header.message);
  }
  if (header.value.epoch < trust.epoch || !equalBytes(header.value.validators, validators)) {
    return failure(
      'PROOF_EPOCH',
      `the block is of epoch ${header.value.epoch} or other validators`,
    );
  }
  return header;
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
