/**
 * The light client: follows a chain from the genesis, or from a checkpoint, by finalizations alone.
 * It keeps less than a kilobyte for a small consortium, and never goes back. Pure.
 *
 *   let checkpoint = genesisCheckpoint(genesis);
 *   const next = advance({ checkpoint, links, proof, verify });
 *   // proof: `chain_getHeaderProof` of the checkpoint's height; links: `chain_links` of its epoch
 *
 * A step proves a newer final block and, through its history, that the checkpoint's block belongs
 * to it. Where it proves that another block is at that height, two final blocks conflict: more than
 * a third of some epoch's validators signed both ways, and the two proofs are the evidence.
 */
import { equalBytes } from '../common/bytes.ts';
import { bytesUpTo, list, nullable, type TypeOf, tuple, version } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { blockHash, HEADER_BYTES_MAX, type Header } from './block.ts';
import {
  type ChainTrust,
  certifiedHeader,
  type FinalHeaderCode,
  type FinalHeaderProof,
  finalHeaderSchema,
  type ProvenHead,
  readHeaderOf,
  trustOf,
  verifyFinalHeader,
} from './finality.ts';
import { firstBlock } from './first-block.ts';
import type { Genesis } from './genesis.ts';
import { epoch, hash } from './primitives.ts';
import {
  followLinks,
  type LinkCode,
  type ValidatorLink,
  validatorLinkSchema,
} from './validator-links.ts';
import { validatorSetSchema } from './validators.ts';
import { certificateSchema } from './vote.ts';

/** For this long after its block old validators are not expected to sign another history. */
export const TRUST_PERIOD_MS = 180 * 24 * 60 * 60_000;

/** The newest block that was proven, and by whom. */
export const checkpointSchema = tuple({
  version: version(1),
  chain: hash,
  /** The first epoch of these validators. */
  epoch,
  validators: validatorSetSchema,
  /** Of the newest block that was proven to be final. */
  header: bytesUpTo(HEADER_BYTES_MAX),
  /** Its own finalization; null for the genesis block, final by definition. */
  certificate: nullable(certificateSchema),
});
export type Checkpoint = TypeOf<typeof checkpointSchema>;

/** A set of the largest size, a header and a certificate. */
export const CHECKPOINT_BYTES_MAX = 32 * 1024;

/** Where everybody starts. */
export function genesisCheckpoint(genesis: Genesis): Checkpoint {
  const { chain, epoch: first, validators } = trustOf(genesis);
  const { headerBytes: header } = firstBlock(genesis);
  return { version: 1, chain, epoch: first, validators, header, certificate: null };
}

/** Who is trusted from a checkpoint on. */
export function trustFrom({ chain, epoch: first, validators }: Checkpoint): ChainTrust {
  return { chain, epoch: first, validators };
}

/** The checkpoint's block; undefined where the checkpoint is damaged. */
export function checkpointHeader({ chain, header }: Checkpoint): Header | undefined {
  const read = readHeaderOf(chain, header);
  return read.ok ? read.value : undefined;
}

/** The checkpoint's block as a trust file remembers it. */
export function headOf(checkpoint: Checkpoint): ProvenHead {
  const { chain, header } = checkpoint;
  const { height, time } = checkpointHeader(checkpoint) ?? { height: 0, time: 0 };
  return { height, time, hash: blockHash(chain, header) };
}

/** One side of a fork: a block that is final, under the links that lead to its validators. */
const sideSchema = tuple({ links: list(validatorLinkSchema, 1024), proof: finalHeaderSchema });

/** Two final blocks of one height, under validators that both sides start from. */
export const forkSchema = tuple({
  version: version(1),
  chain: hash,
  epoch,
  validators: validatorSetSchema,
  sides: list(sideSchema, 2),
});
export type Fork = TypeOf<typeof forkSchema>;

export type LightCode =
  | LinkCode
  | FinalHeaderCode
  /** The proof is of another height than asked. */
  | 'LIGHT_HEIGHT'
  /** Two final blocks of one height. */
  | 'FORK';

export interface Advanced {
  readonly checkpoint: Checkpoint;
  /** The block that it is at now. */
  readonly header: Header;
}

export type AdvanceResult =
  | Result<Advanced, Exclude<LightCode, 'FORK'>>
  | { readonly ok: false; readonly code: 'FORK'; readonly message: string; readonly fork: Fork };

/** From a checkpoint to a newer block, or the evidence that there are two histories. */
export function advance(options: {
  readonly checkpoint: Checkpoint;
  /** From the checkpoint's validators on. */
  readonly links: readonly ValidatorLink[];
  /** That the node's block of the checkpoint's height is final, under its newest block. */
  readonly proof: FinalHeaderProof;
  readonly verify: Verify;
}): AdvanceResult {
  const { checkpoint, links, proof, verify } = options;
  const shown = proveSide(trustFrom(checkpoint), links, proof, verify);
  if (!shown.ok) return shown;
  const { trust, header } = shown.value;
  const own = checkpointHeader(checkpoint);
  if (own === undefined || header.height !== own.height) {
    return failure('LIGHT_HEIGHT', `block ${header.height} was shown, block ${own?.height} asked`);
  }
  if (!equalBytes(proof.header, checkpoint.header)) {
    return conflict(checkpoint, own, { links, proof: { version: 1, ...proof } });
  }
  const bytes = proof.finality.headers.at(-1) ?? certifiedHeader(proof);
  const newest = readHeaderOf(checkpoint.chain, bytes);
  if (!newest.ok) return newest;
  // A block proven by itself is the checkpoint's own: there is nothing newer.
  const { certificate } = proof.finality;
  const { chain, epoch: first, validators } = trust;
  const moved = {
    version: 1,
    chain,
    epoch: first,
    validators,
    header: bytes,
    certificate,
  } as const;
  return success({ checkpoint: moved, header: newest.value });
}

function conflict(
  checkpoint: Checkpoint,
  { height }: Header,
  theirs: Fork['sides'][number],
): AdvanceResult {
  const { chain, epoch: first, validators, header, certificate } = checkpoint;
  const message = `two blocks of height ${height} are final`;
  if (certificate === null) return failure('LIGHT_HEIGHT', 'another genesis block was shown');
  const finality = { certificate, headers: [] };
  const ours = { links: [], proof: { version: 1 as const, header, history: null, finality } };
  const fork = { version: 1, chain, epoch: first, validators, sides: [ours, theirs] } as const;
  return { ok: false, code: 'FORK', message, fork };
}

interface ShownSide {
  /** Under whom it was proven. */
  readonly trust: ChainTrust;
  readonly header: Header;
  readonly hash: Uint8Array;
}

function proveSide(
  from: ChainTrust,
  links: readonly ValidatorLink[],
  proof: FinalHeaderProof,
  verify: Verify,
): Result<ShownSide, LinkCode | FinalHeaderCode> {
  const followed = followLinks({ trust: from, links, verify });
  if (!followed.ok) return followed;
  const certified = readHeaderOf(from.chain, certifiedHeader(proof));
  if (!certified.ok) return certified;
  // An epoch may have ended between the proof and the links, which then lead further.
  const trust = followed.value.findLast((set) => set.epoch <= certified.value.epoch) ?? from;
  const final = verifyFinalHeader({ trust, proof, verify });
  if (!final.ok) return final;
  return success({ trust, header: final.value.header, hash: blockHash(from.chain, proof.header) });
}

/** The height of a fork, where the evidence holds: both blocks are final, and not the same. */
export function checkFork(fork: Fork, verify: Verify): Result<number, LightCode> {
  const from = { chain: fork.chain, epoch: fork.epoch, validators: fork.validators };
  const shown: ShownSide[] = [];
  for (const { links, proof } of fork.sides) {
    const side = proveSide(from, links, proof, verify);
    if (!side.ok) return side;
    shown.push(side.value);
  }
  const [one, two] = shown;
  if (one === undefined || two === undefined || one.header.height !== two.header.height) {
    return failure('LIGHT_HEIGHT', 'two blocks of one height are needed');
  }
  return equalBytes(one.hash, two.hash)
    ? failure('LIGHT_HEIGHT', 'both sides show the same block')
    : success(one.header.height);
}
