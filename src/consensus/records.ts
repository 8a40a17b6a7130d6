/**
 * What the WAL holds: the floor, then blocks that we accepted, our own votes byte by byte, and
 * certificates. Enough to say after a restart exactly what was said before.
 */
import {
  bytesUpTo,
  type DecodeCode,
  decode,
  encode,
  literal,
  nullable,
  type Schema,
  type TypeOf,
  tagged,
  tuple,
  uint,
  version as versionOf,
} from '../common/codec/index.ts';
import type { Result } from '../common/result.ts';
import { ENCODED_BLOCK_BYTES_MAX } from '../ledger/block.ts';
import { epoch, hash, height, publicKey, view } from '../ledger/primitives.ts';
import { certificateSchema, voteSchema } from '../ledger/vote.ts';

export const RECORD = {
  FLOOR: 1,
  BLOCK: 2,
  VOTE: 3,
  CERTIFICATE: 4,
  GENERATION: 5,
  ABSTAIN: 6,
  DIVERGED: 7,
} as const;

/** A block and its framing. */
export const RECORD_BYTES_MAX = ENCODED_BLOCK_BYTES_MAX + 1024;

const version = versionOf(1);

/** First in every log: up to it nothing is ever signed again. */
const floorRecord = tuple({
  kind: literal(RECORD.FLOOR),
  version,
  chain: hash,
  /** The voting key whose flags these are. */
  key: publicKey,
  epoch,
  /**
   * Of the newest block that was durably final when this was written; higher where the votes given
   * before are not known.
   */
  view,
});
export type FloorRecord = TypeOf<typeof floorRecord>;

const blockRecord = tuple({
  kind: literal(RECORD.BLOCK),
  version,
  block: bytesUpTo(ENCODED_BLOCK_BYTES_MAX),
});
export type BlockRecord = TypeOf<typeof blockRecord>;

const voteRecord = tuple({ kind: literal(RECORD.VOTE), version, vote: voteSchema });
export type VoteRecord = TypeOf<typeof voteRecord>;

const certificateRecord = tuple({
  kind: literal(RECORD.CERTIFICATE),
  version,
  certificate: certificateSchema,
});
export type CertificateRecord = TypeOf<typeof certificateRecord>;

/** Counts the beginnings and clean ends of this log; `Counter` in `ports.ts` counts along. */
const generationRecord = tuple({
  kind: literal(RECORD.GENERATION),
  version,
  generation: uint(),
});
export type GenerationRecord = TypeOf<typeof generationRecord>;

/** A view above the floor in which nothing is signed: what was said in it before is not known. */
const abstainRecord = tuple({ kind: literal(RECORD.ABSTAIN), version, epoch, view });
export type AbstainRecord = TypeOf<typeof abstainRecord>;

/** That an accepted block did not follow from our state, or that it does now: no vote between. */
const divergedRecord = tuple({
  kind: literal(RECORD.DIVERGED),
  version,
  /** Null: the block that was not followed became final here. */
  block: nullable(tuple({ height, hash })),
});
export type DivergedRecord = TypeOf<typeof divergedRecord>;

export type WalRecord =
  | FloorRecord
  | BlockRecord
  | VoteRecord
  | CertificateRecord
  | GenerationRecord
  | AbstainRecord
  | DivergedRecord;

const recordSchema: Schema<WalRecord> = tagged('kind', {
  [RECORD.FLOOR]: floorRecord,
  [RECORD.BLOCK]: blockRecord,
  [RECORD.VOTE]: voteRecord,
  [RECORD.CERTIFICATE]: certificateRecord,
  [RECORD.GENERATION]: generationRecord,
  [RECORD.ABSTAIN]: abstainRecord,
  [RECORD.DIVERGED]: divergedRecord,
});

export function encodeRecord(record: WalRecord): Uint8Array {
  return encode(recordSchema, record);
}

export function decodeRecord(bytes: Uint8Array): Result<WalRecord, DecodeCode> {
  return decode(recordSchema, bytes, RECORD_BYTES_MAX);
}
