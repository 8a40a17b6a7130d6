/** A log that is replaced keeps each vote above the floor of the new one, byte by byte. */
import { toHex } from '../../src/common/bytes.ts';
import { decodeRecord, RECORD, type WalRecord } from '../../src/consensus/records.ts';
import { VOTE_NAMES, type Vote } from '../../src/ledger/vote.ts';
import { Violation } from './monitor.ts';

export function checkKept(
  slot: number,
  before: readonly Uint8Array[],
  after: readonly Uint8Array[],
): void {
  const records = recordsIn(after);
  const [floor] = records;
  if (floor?.kind !== RECORD.FLOOR) throw new Violation(`node ${slot}: a log without a floor`);
  const kept = new Set(votesIn(records).map(({ signature }) => toHex(signature)));
  for (const { kind, epoch, view, signature } of votesIn(recordsIn(before))) {
    const above = epoch > floor.epoch || (epoch === floor.epoch && view > floor.view);
    if (!above || kept.has(toHex(signature))) continue;
    const vote = `${VOTE_NAMES[kind]} in view ${view} of epoch ${epoch}`;
    throw new Violation(`node ${slot}: its ${vote} left the log, whose floor is ${floor.view}`);
  }
}

function recordsIn(log: readonly Uint8Array[]): WalRecord[] {
  return log.flatMap((bytes) => {
    const record = decodeRecord(bytes);
    return record.ok ? [record.value] : [];
  });
}

function votesIn(records: readonly WalRecord[]): Vote[] {
  return records.flatMap((record) => (record.kind === RECORD.VOTE ? [record.vote] : []));
}
