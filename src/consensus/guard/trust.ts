/**
 * Whether what the log says about a key's votes can be all it ever signed. Without that a validator
 * follows the chain and does not vote, until it has asked the others (`inquiry.ts`).
 */
import { equalBytes } from '../../common/bytes.ts';
import { failure, type Result, success } from '../../common/result.ts';
import { type FloorRecord, RECORD, type WalRecord } from '../records.ts';

export type TrustCode = 'GUARD_MISSING' | 'GUARD_FOREIGN' | 'GUARD_STALE';

export interface TrustQuestion {
  readonly records: readonly WalRecord[];
  readonly chain: Uint8Array;
  /** Those that the chain goes on from: their log goes on, too. */
  readonly before?: readonly Uint8Array[] | undefined;
  /** The voting key. */
  readonly key: Uint8Array;
  /** What the key's counter outside the log's folder says; undefined where it is lost. */
  readonly counted: number | undefined;
}

const NEVER_RAN = '; a home that was moved here before its first start: ztc guard reset';

/**
 * What a log tells on a chain. That of a chain before tells only how long it was kept: a vote there
 * binds nobody here.
 */
export function recordsOn(chain: Uint8Array, records: readonly WalRecord[]): readonly WalRecord[] {
  const [first] = records;
  if (first?.kind !== RECORD.FLOOR || equalBytes(first.chain, chain)) return records;
  return records.filter(({ kind }) => kind === RECORD.FLOOR || kind === RECORD.GENERATION);
}

/** The newest generation in a log; 0 where none was written. */
export function generationOf(records: readonly WalRecord[]): number {
  return records.reduce(
    (newest, record) =>
      record.kind === RECORD.GENERATION ? Math.max(newest, record.generation) : newest,
    0,
  );
}

/** The log's floor where it is trusted; undefined for a key that never signed anything. */
export function trustLog({
  records,
  chain,
  before = [],
  key,
  counted,
}: TrustQuestion): Result<FloorRecord | undefined, TrustCode> {
  const [first] = records;
  const own =
    first?.kind === RECORD.FLOOR &&
    [chain, ...before].some((each) => equalBytes(first.chain, each)) &&
    equalBytes(first.key, key);
  if (!own && counted === 0) return success(undefined);
  if (first?.kind !== RECORD.FLOOR) {
    return failure(
      'GUARD_MISSING',
      'the record of what this validator signed is missing although it may have voted: it ' +
        'follows the chain, and votes again once enough of the others have told where they stand' +
        NEVER_RAN,
    );
  }
  if (!own) {
    return failure(
      'GUARD_FOREIGN',
      'the record of what was signed belongs to another validator key or chain: this node ' +
        'follows, and votes again once enough of the others have told where they stand',
    );
  }
  if (generationOf(records) < (counted ?? Number.POSITIVE_INFINITY)) {
    return failure(
      'GUARD_STALE',
      'the record of what this validator signed may be an older copy: it follows the chain, and ' +
        'votes again once enough of the others have told where they stand',
    );
  }
  return success(first);
}
