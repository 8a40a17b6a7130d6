/**
 * Whether what the log says about our votes can be all we ever said. Without that a validator
 * follows the chain and does not vote. More ways of knowing (and of losing) trust belong here.
 */
import { equalBytes } from '../../common/bytes.ts';
import { failure, type Result, success } from '../../common/result.ts';
import { type FloorRecord, RECORD, type WalRecord } from '../records.ts';

export type TrustCode = 'GUARD_MISSING' | 'GUARD_FOREIGN';

/** @param height of the newest final block here */
export function trustLog(
  records: readonly WalRecord[],
  chain: Uint8Array,
  key: Uint8Array,
  height: number,
): Result<FloorRecord | undefined, TrustCode> {
  const [first] = records;
  if (first === undefined && height === 0) return success(undefined);
  if (first?.kind !== RECORD.FLOOR) {
    return failure(
      'GUARD_MISSING',
      'the record of what this validator signed is missing although there is a chain: it follows ' +
        'without voting; bring back the newest data/consensus of this very node, or replace the ' +
        'validator key',
    );
  }
  if (!equalBytes(first.chain, chain) || !equalBytes(first.key, key)) {
    return failure(
      'GUARD_FOREIGN',
      'the record of what was signed belongs to another validator key or chain: this node ' +
        'follows without voting; put back the key and the data/consensus folder that fit',
    );
  }
  return success(first);
}
