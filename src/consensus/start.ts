/** Reading the log at the start: what to restore, and whether this node may vote. */
import { equalBytes } from '../common/bytes.ts';
import { ZtcError } from '../common/errors.ts';
import type { KeyPair } from '../common/signature.ts';
import { type Block, decodeBlock } from '../ledger/block.ts';
import type { Parameters } from '../ledger/parameters.ts';
import type { Certificate, Vote } from '../ledger/vote.ts';
import type { Restored } from './core/input.ts';
import { type CoreState, createState, type Diverged } from './core/state.ts';
import { SignGuard } from './guard/sign-guard.ts';
import { generationOf, trustLog } from './guard/trust.ts';
import type { Application, Counter, Wal } from './ports.ts';
import { decodeRecord, RECORD, type WalRecord } from './records.ts';

export interface Signer {
  /** Member id. */
  readonly member: string;
  readonly keys: KeyPair;
}

export interface StartOptions {
  readonly chain: Uint8Array;
  readonly application: Application;
  readonly wal: Wal;
  readonly counter: Counter;
  readonly signer: Signer | undefined;
  readonly parameters: Parameters;
}

/** Why a node does not vote. */
export interface NotVoting {
  readonly code: string;
  readonly message: string;
}

export interface Started {
  readonly state: CoreState;
  readonly guard: SignGuard;
  readonly restored: Restored;
  readonly notVoting: NotVoting | null;
  /** The newest in the log. */
  readonly generation: number;
  /** The log holds nothing yet and belongs to a fresh home. */
  readonly fresh: boolean;
}

/** Throws ZtcError WAL_DAMAGED where a record can't be read. */
export function prepare(options: StartOptions, elapsed: number): Started {
  const { application, chain, signer, parameters } = options;
  const { head, epoch } = application;
  const found = epoch.validators.findIndex(({ member }) => member === signer?.member);
  const records = options.wal.records().map(readRecord);
  const notVoting = whyNot(options, found, records);
  const state = createState(
    {
      chain,
      epoch: epoch.number,
      validators: epoch.validators,
      self: found < 0 ? undefined : found,
      voting: notVoting === null,
      parameters,
      diverged: divergedIn(records),
      head,
      certificate: application.certificate(head.header.height),
    },
    elapsed,
  );
  const guard = new SignGuard(epoch.number, state.head.view);
  const restored = restoredFrom(records, chain);
  for (const vote of restored.votes) guard.note(vote);
  const [first] = records;
  if (first?.kind === RECORD.FLOOR) guard.raise(first.epoch, first.view);
  const generation = generationOf(records);
  return { state, guard, restored, notVoting, generation, fresh: records.length === 0 };
}

/** What the newest record about it says. */
function divergedIn(records: readonly WalRecord[]): Diverged | undefined {
  const newest = records.findLast((record) => record.kind === RECORD.DIVERGED);
  return newest?.block ?? undefined;
}

function whyNot(
  { application, chain, counter, signer }: StartOptions,
  found: number,
  records: readonly WalRecord[],
): NotVoting | null {
  const validator = application.epoch.validators[found];
  if (signer === undefined || validator === undefined) {
    return { code: 'OBSERVER', message: 'this node is no validator in this epoch' };
  }
  const key = signer.keys.publicKey;
  if (!equalBytes(validator.key, key)) {
    return {
      code: 'VALIDATOR_KEY',
      message: `the validator key here is not the one that the ledger lists for ${signer.member}`,
    };
  }
  const { height } = application.head.header;
  const trusted = trustLog({ records, chain, key, height, counted: counter.value });
  return trusted.ok ? null : { code: trusted.code, message: trusted.message };
}

function readRecord(bytes: Uint8Array): WalRecord {
  const record = decodeRecord(bytes);
  if (record.ok) return record.value;
  throw unreadable(record.message);
}

function unreadable(what: string): ZtcError {
  return new ZtcError('WAL_DAMAGED', `a record of the consensus log is unreadable: ${what}`, {
    hint:
      'It was written by another version, or its disk is failing. Start the version that wrote ' +
      'it, or move the file data/consensus/wal away: the node then follows without voting.',
  });
}

function restoredFrom(records: readonly WalRecord[], chain: Uint8Array): Restored {
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
