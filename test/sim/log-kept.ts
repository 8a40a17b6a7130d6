/**
 * A log that is replaced keeps each vote above the floor of the new one, byte by byte; and the
 * floor rises only as far as blocks are durably final.
 */
import { equalBytes, toHex } from '../../src/common/bytes.ts';
import { decodeRecord, RECORD, type WalRecord } from '../../src/consensus/records.ts';
import { VOTE_NAMES, type Vote } from '../../src/ledger/vote.ts';
import { Violation } from './monitor.ts';

/** A view of an epoch. */
export interface Place {
  readonly epoch: number;
  readonly view: number;
}

/** @param final the view of the newest block that the ledger has durably */
export function checkKept(
  slot: number,
  final: Place,
  before: readonly Uint8Array[],
  after: readonly Uint8Array[],
): void {
  const records = recordsIn(after);
  const [floor] = records;
  if (floor?.kind !== RECORD.FLOOR) throw new Violation(`node ${slot}: a log without a floor`);
  const [first] = recordsIn(before);
  // A key that was in doubt begins where the others are; and a chain may be lost below its floor.
  const goesOn = first?.kind === RECORD.FLOOR && equalBytes(first.key, floor.key);
  if (goesOn && isAbove(floor, first) && isAbove(floor, final)) {
    const where = `view ${floor.view} of epoch ${floor.epoch}`;
    throw new Violation(`node ${slot}: its floor rose to ${where}, which is not durably final`);
  }
  const kept = new Set(votesIn(records).map(({ signature }) => toHex(signature)));
  for (const cast of votesIn(recordsIn(before))) {
    const { kind, epoch, view, signature } = cast;
    if (!isAbove(cast, floor) || kept.has(toHex(signature))) continue;
    const vote = `${VOTE_NAMES[kind]} in view ${view} of epoch ${epoch}`;
    throw new Violation(`node ${slot}: its ${vote} left the log, whose floor is ${floor.view}`);
  }
}

function isAbove(a: Place, b: Place): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.view > b.view);
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
