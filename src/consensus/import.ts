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

/** Blocks whose last one has its own finalization. */
export interface Segment {
  readonly blocks: readonly Block[];
  readonly certificate: Certificate;
}

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
}

/** Checks links and finalizations of what is above the head; blocks behind the last are cut. */
export function readRange(
  range: readonly ImportedBlock[],
  context: ImportContext,
): Result<Segment[], ImportCode> {
  const segments: Segment[] = [];
  let { hash, height } = context.head;
  let blocks: Block[] = [];
  for (const item of range) {
    const decoded = decodeBlock(context.chain, item.block);
    if (!decoded.ok) return failure('SYNC_DECODE', decoded.message);
    const block = decoded.value;
    if (block.header.height <= context.head.height) continue;
    if (block.header.height !== height + 1 || !equalBytes(block.header.parent, hash)) {
      return failure('SYNC_LINK', `block ${block.header.height} does not follow block ${height}`);
    }
    ({ hash } = block);
    ({ height } = block.header);
    blocks.push(block);
    if (item.certificate === null) continue;
    const certificate = readFinalization(item.certificate, block, context);
    if (!certificate.ok) return certificate;
    segments.push({ blocks, certificate: certificate.value });
    blocks = [];
  }
  return segments.length === 0
    ? failure('SYNC_UNPROVEN', 'no block above the head has its own finalization')
    : success(segments);
}

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
    equalBytes(certificate.chain, chain) &&
    named !== null &&
    equalBytes(named, block.hash);
  if (!fits) return failure('SYNC_CERTIFICATE', 'a certificate that finalizes something else');
  const verified = verifyCertificate(certificate, validators, verify);
  return verified.ok ? success(certificate) : failure('SYNC_CERTIFICATE', verified.message);
}
