/** Reading what block sync brought: a range of blocks that proves itself by its finalizations. */
import { equalBytes } from '../common/bytes.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { type Block, decodeBlock } from '../ledger/block.ts';
import type { ValidatorSet } from '../ledger/validators.ts';
import { type Certificate, decodeCertificate, VOTE, verifyCertificate } from '../ledger/vote.ts';

export interface ImportedBlock {
  /** Encoded block. */
  readonly block: Uint8Array;
  /** Its own finalization, where it has one. */
  readonly certificate: Uint8Array | null;
}

/** Blocks whose last one has its own finalization; they become final in one write. */
export interface Segment {
  readonly blocks: readonly Block[];
  readonly certificate: Certificate;
}

/**
 * A segment has at least so many blocks if it can: enough to share a write and a check of
 * signatures, few enough that a block is never far below one whose finalization is kept.
 */
const SEGMENT_BLOCKS_MIN = 64;
/**
 * Or so many bytes of transactions: what they write is in memory until it is on disk, and they are
 * executed at a stretch, while peers and clients of this node wait.
 */
const SEGMENT_BYTES_MIN = 128 * 1024;

export type ImportCode =
  | 'SYNC_DECODE'
  | 'SYNC_LINK'
  | 'SYNC_CERTIFICATE'
  | 'SYNC_UNPROVEN'
  | 'SYNC_DIVERGED'
  | 'SYNC_BUSY'
  | 'ENGINE_STOPPED';

export interface ImportContext {
  readonly chain: Uint8Array;
  readonly head: { readonly hash: Uint8Array; readonly height: number };
  readonly epoch: number;
  readonly validators: ValidatorSet;
  readonly verify: Verify;
  /** A block of the chain that was decoded from these very bytes before. */
  readonly read?: (bytes: Uint8Array) => Block | undefined;
}

interface Item {
  readonly block: Block;
  readonly certificate: Uint8Array | null;
}

export interface RangePart {
  readonly segments: readonly Segment[];
  /** What may follow once these are final: blocks of the next epoch. */
  readonly rest: readonly ImportedBlock[];
}

/**
 * Checks links and finalizations of what is above the head and of the current epoch. Blocks behind
 * the last finalization are cut.
 */
export function readRange(
  range: readonly ImportedBlock[],
  context: ImportContext,
): Result<RangePart, ImportCode> {
  const read = readItems(range, context);
  if (!read.ok) return read;
  const { items, rest } = read.value;
  const segments: Segment[] = [];
  const last = items.findLastIndex(({ certificate }) => certificate !== null);
  let blocks: Block[] = [];
  let bytes = 0;
  for (const [i, { block, certificate }] of items.entries()) {
    blocks.push(block);
    bytes += block.transactions.reduce((sum, { length }) => sum + length, 0);
    const enough = blocks.length >= SEGMENT_BLOCKS_MIN || bytes >= SEGMENT_BYTES_MIN;
    if (certificate === null || (!enough && i < last)) continue;
    const finalization = readFinalization(certificate, block, context);
    if (!finalization.ok) return finalization;
    segments.push({ blocks, certificate: finalization.value });
    blocks = [];
    bytes = 0;
  }
  return segments.length === 0
    ? failure('SYNC_UNPROVEN', 'no block above the head has its own finalization')
    : success({ segments, rest });
}

/** The blocks of the epoch above the head, each the child of the one before. */
function readItems(
  range: readonly ImportedBlock[],
  context: ImportContext,
): Result<{ items: Item[]; rest: readonly ImportedBlock[] }, ImportCode> {
  const items: Item[] = [];
  let { hash, height } = context.head;
  for (const [i, { block: bytes, certificate }] of range.entries()) {
    const known = context.read?.(bytes);
    const decoded = known ? success(known) : decodeBlock(context.chain, bytes);
    if (!decoded.ok) return failure('SYNC_DECODE', decoded.message);
    const block = decoded.value;
    const { header } = block;
    if (header.height <= context.head.height) continue;
    if (header.height !== height + 1 || !equalBytes(header.parent, hash)) {
      return failure('SYNC_LINK', `block ${header.height} does not follow block ${height}`);
    }
    if (header.epoch !== context.epoch && items.length > 0) {
      return success({ items, rest: range.slice(i) });
    }
    ({ hash } = block);
    ({ height } = header);
    items.push({ block, certificate });
  }
  return success({ items, rest: [] });
}

/** A boundary block may have been finalized in a later view than that of its first proposal. */
function readFinalization(
  bytes: Uint8Array,
  block: Block,
  { chain, epoch, validators, verify }: ImportContext,
): Result<Certificate, ImportCode> {
  const decoded = decodeCertificate(bytes);
  if (!decoded.ok) return failure('SYNC_DECODE', decoded.message);
  const certificate = decoded.value;
  const named = certificate.block;
  const fits =
    certificate.kind === VOTE.FINALIZE &&
    certificate.epoch === epoch &&
    certificate.view >= block.header.view &&
    equalBytes(certificate.chain, chain) &&
    named !== null &&
    equalBytes(named, block.hash);
  if (!fits) return failure('SYNC_CERTIFICATE', 'a certificate that finalizes something else');
  const verified = verifyCertificate(certificate, validators, verify);
  return verified.ok ? success(certificate) : failure('SYNC_CERTIFICATE', verified.message);
}
