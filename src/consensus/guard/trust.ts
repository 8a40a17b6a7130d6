/**
 * Whether what the log says about our votes can be all we ever said. Without that a validator
 * follows the chain and does not vote. More ways of knowing (and of losing) trust belong here.
 */
import { equalBytes } from '../../common/bytes.ts';
import { failure, type Result, success } from '../../common/result.ts';
import { type FloorRecord, RECORD, type WalRecord } from '../records.ts';

export type TrustCode = 'GUARD_MISSING' | 'GUARD_FOREIGN' | 'GUARD_STALE';

export interface TrustQuestion {
  readonly records: readonly WalRecord[];
  readonly chain: Uint8Array;
  /** The voting key. */
  readonly key: Uint8Array;
  /** Of the newest final block here. */
  readonly height: number;
  /** What the counter outside the log's folder says. */
  readonly counted: number;
}

/** The newest generation in a log; 0 where none was written. */
export function generationOf(records: readonly WalRecord[]): number {
  return records.reduce(
    (newest, record) =>
      record.kind === RECORD.GENERATION ? Math.max(newest, record.generation) : newest,
    0,
  );
}

/** The log's floor where it is trusted; undefined for a home that never voted. */
export function trustLog({
  records,
  chain,
  key,
  height,
  counted,
}: TrustQuestion): Result<FloorRecord | undefined, TrustCode> {
  const [first] = records;
  if (first === undefined && height === 0 && counted === 0) return success(undefined);
  if (first?.kind !== RECORD.FLOOR) {
    return failure(
      'GUARD_MISSING',
      'the record of what this validator signed is missing although it has voted: it follows the ' +
        'chain without voting; bring back the newest data/consensus of this very node',
    );
  }
  if (!equalBytes(first.chain, chain) || !equalBytes(first.key, key)) {
    return failure(
      'GUARD_FOREIGN',
      'the record of what was signed belongs to another validator key or chain: this node ' +
        'follows without voting; put back the key and the data/consensus folder that fit',
    );
  }
  if (generationOf(records) < counted) {
    return failure(
      'GUARD_STALE',
      'the record of what this validator signed is an older copy: it follows the chain without ' +
        'voting; bring back the newest data/consensus of this very node',
    );
  }
  return success(first);
}
