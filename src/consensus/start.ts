/** Reading the log at the start, and opening the core for the epoch that the ledger is in. */
import { ZtcError } from '../common/errors.ts';
import { type Block, decodeBlock } from '../ledger/block.ts';
import type { Certificate, Vote } from '../ledger/vote.ts';
import type { Restored } from './core/input.ts';
import { noteSigners } from './core/signed.ts';
import { type CoreState, createState, type Diverged } from './core/state.ts';
import { recordsOn } from './guard/trust.ts';
import type { Application } from './ports.ts';
import { decodeRecord, RECORD, type WalRecord } from './records.ts';
import type { Voter } from './voter.ts';

export interface CoreSource {
  readonly chain: Uint8Array;
  /** Those that it goes on from, where it is a successor. */
  readonly before?: readonly Uint8Array[];
  readonly application: Application;
  /** Blocks up to this size are proposed whole, in bytes. */
  readonly wholeBytesMax?: number;
}

/**
 * The core of the epoch that children of the head belong to; the voter has entered it.
 *
 * @param diverged what was found before and has not come right since
 */
export function openCore(
  options: CoreSource,
  voter: Voter,
  diverged: Diverged | undefined,
  elapsed: number,
): CoreState {
  const { application, chain, wholeBytesMax } = options;
  const { head, epoch } = application;
  return createState(
    {
      ...(wholeBytesMax === undefined ? {} : { wholeBytesMax }),
      chain,
      epoch: epoch.number,
      validators: epoch.validators,
      self: voter.position,
      voting: voter.notVoting === null,
      abstainUntil: voter.abstainUntil(epoch.number),
      parameters: epoch.parameters,
      diverged,
      head,
      certificate: application.certificate(head.header.height),
    },
    elapsed,
  );
}

/** The core of the next epoch: what the old one knew about peers and recent blocks goes on. */
export function nextCore(options: CoreSource, voter: Voter, before: CoreState): CoreState {
  const state = openCore(options, voter, before.diverged, before.elapsed);
  state.signed = before.signed;
  // Also where block sync brought it, past the old core.
  const boundary = options.application.certificate(state.head.header.height);
  if (boundary !== undefined) noteSigners(state, boundary);
  state.recent.push(...before.recent);
  state.recentBytes = before.recentBytes;
  const positions = new Map(before.validators.map(({ member }, position) => [member, position]));
  state.validators.forEach(({ member }, position) => {
    const earlier = positions.get(member) ?? -1;
    state.heardAt[position] = before.heardAt[earlier] ?? Number.NEGATIVE_INFINITY;
    state.silent[position] = before.silent[earlier] ?? false;
  });
  return state;
}

/** What the newest record about it says. */
export function divergedIn(records: readonly WalRecord[]): Diverged | undefined {
  const newest = records.findLast((record) => record.kind === RECORD.DIVERGED);
  return newest?.block ?? undefined;
}

/** What tells on this chain. Throws ZtcError WAL_DAMAGED where a record can't be read. */
export function readRecords(
  records: readonly Uint8Array[],
  chain: Uint8Array,
): readonly WalRecord[] {
  const read = records.map((bytes) => {
    const record = decodeRecord(bytes);
    if (record.ok) return record.value;
    throw unreadable(record.message);
  });
  return recordsOn(chain, read);
}

function unreadable(what: string): ZtcError {
  return new ZtcError('WAL_DAMAGED', `a record of the consensus log is unreadable: ${what}`, {
    hint:
      'It was written by another version, or its disk is failing. Start the version that wrote ' +
      'it, or move the file data/consensus/wal away: the node then follows, and votes again once ' +
      'enough of the others have told where they stand.',
  });
}

/** What the core goes on from. Throws ZtcError WAL_DAMAGED where a block can't be read. */
export function restoredFrom(records: readonly WalRecord[], chain: Uint8Array): Restored {
  const blocks: { block: Block; bytes: Uint8Array }[] = [];
  const votes: Vote[] = [];
  const certificates: Certificate[] = [];
  for (const record of records) {
    if (record.kind === RECORD.VOTE) votes.push(record.vote);
    if (record.kind === RECORD.CERTIFICATE) certificates.push(record.certificate);
    if (record.kind !== RECORD.BLOCK) continue;
    const decoded = decodeBlock(chain, record.block);
    if (!decoded.ok) throw unreadable(decoded.message);
    blocks.push({ block: decoded.value, bytes: record.block });
  }
  return { blocks, votes, certificates };
}
