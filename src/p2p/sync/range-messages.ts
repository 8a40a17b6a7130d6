/**
 * Block sync on the wire, a stream a request: the asker sends a request and closes its end; the
 * answer is one head frame with the number of blocks, then a frame for each block, and the end.
 */
import {
  bytesUpTo,
  nullable,
  type TypeOf,
  tuple,
  uint,
  version,
} from '../../common/codec/index.ts';
import { ENCODED_BLOCK_BYTES_MAX } from '../../ledger/block.ts';
import { height } from '../../ledger/primitives.ts';
import { CERTIFICATE_BYTES_MAX } from '../../ledger/vote.ts';

/**
 * What is served at a time: read from the database at a stretch, in a few milliseconds, so that
 * consensus doesn't wait, and little to throw away if it is bad.
 */
export const RANGE_BYTES = 512 * 1024;
/** A range ends at a block with its own finalization, so it may become longer than asked for. */
export const RANGE_BYTES_MAX = 4 * ENCODED_BLOCK_BYTES_MAX;
/** Empty blocks are small, but none is below 64 bytes. */
export const RANGE_BLOCKS_MAX = 8_192;

export const REQUEST_BYTES_MAX = 32;
/** The largest frame of an answer. */
export const ANSWER_FRAME_BYTES_MAX = ENCODED_BLOCK_BYTES_MAX + CERTIFICATE_BYTES_MAX + 64;

export const rangeRequestSchema = tuple({ version: version(1), from: height });
export const rangeHeadSchema = tuple({ version: version(1), count: uint(RANGE_BLOCKS_MAX) });
export const rangeBlockSchema = tuple({
  block: bytesUpTo(ENCODED_BLOCK_BYTES_MAX),
  /** The block's own finalization, where it has one. */
  certificate: nullable(bytesUpTo(CERTIFICATE_BYTES_MAX)),
});
/** A block and, where it has one, its own finalization, both encoded. */
export type RangeBlock = TypeOf<typeof rangeBlockSchema>;
