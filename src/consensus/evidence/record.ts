/** What the evidence file holds: one record for each fault, complete in itself. */
import {
  type DecodeCode,
  decode,
  encode,
  type TypeOf,
  tuple,
  version,
} from '../../common/codec/index.ts';
import type { Result } from '../../common/result.ts';
import { EVIDENCE_BYTES_MAX, evidenceSchema } from '../../ledger/evidence.ts';
import { id, publicKey, time } from '../../ledger/primitives.ts';

const evidenceRecordSchema = tuple({
  version: version(1),
  /** When this node first saw it, by its own clock: ms since 1970 UTC. */
  seenAt: time,
  /** Whose fault it is, since the set of that epoch may not be at hand later. */
  member: id,
  key: publicKey,
  evidence: evidenceSchema,
});
export type EvidenceRecord = TypeOf<typeof evidenceRecordSchema>;

const RECORD_BYTES_MAX = EVIDENCE_BYTES_MAX + 256;

export function encodeEvidenceRecord(record: EvidenceRecord): Uint8Array {
  return encode(evidenceRecordSchema, record);
}

export function decodeEvidenceRecord(bytes: Uint8Array): Result<EvidenceRecord, DecodeCode> {
  return decode(evidenceRecordSchema, bytes, RECORD_BYTES_MAX);
}
