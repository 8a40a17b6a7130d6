/**
 * Casting votes. The decision is noted at once, so that it is made once; the vote itself comes
 * back signed, is written, counted like anybody's, and goes out.
 */
import { invariant } from '../../common/errors.ts';
import { VOTE, type Vote, type VoteKind } from '../../ledger/vote.ts';
import { MESSAGE } from '../messages.ts';
import { RECORD } from '../records.ts';
import type { NullifyReason } from './effect.ts';
import { proposalOf } from './justification.ts';
import { type BlockEntry, type CoreState, emit, leaderAt, mayVote, viewAt } from './state.ts';

function cast(state: CoreState, kind: VoteKind, view: number, block: Uint8Array | null): void {
  const subject = {
    version: 1,
    kind,
    chain: state.chain,
    epoch: state.epoch,
    view,
    block,
  } as const;
  emit(state, { type: 'sign', subject });
}

/** At most one accept a view; the caller checked the parent and the gap. */
export function castAccept(state: CoreState, view: number, entry: BlockEntry): void {
  const { own } = viewAt(state, view);
  invariant(own.accepted === undefined, 'one accept a view');
  own.accepted = entry.hex;
  cast(state, VOTE.ACCEPT, view, entry.block.hash);
}

/** Gives the current view up, unless one finalized in it or gave it up before. */
export function castNullify(state: CoreState, reason: NullifyReason): void {
  const { own } = viewAt(state, state.view);
  if (!mayVote(state, state.view) || own.nullified || own.finalized !== undefined) return;
  own.nullified = true;
  emit(state, { type: 'nullified', view: state.view, reason });
  cast(state, VOTE.NULLIFY, state.view, null);
}

/** Finalizes the block that this view accepted, unless one gave the view up. */
export function castFinalize(state: CoreState, view: number, entry: BlockEntry): void {
  const { own } = viewAt(state, view);
  if (!mayVote(state, view) || view <= state.head.view) return;
  if (own.nullified || own.finalized !== undefined) return;
  own.finalized = entry.hex;
  cast(state, VOTE.FINALIZE, view, entry.block.hash);
}

/** Writes and sends a vote of one's own that just got its signature. */
export function publishVote(state: CoreState, vote: Vote, entry: BlockEntry | undefined): void {
  viewAt(state, vote.view).own.votes.push(vote);
  if (vote.kind === VOTE.ACCEPT && entry !== undefined) {
    const record = { kind: RECORD.BLOCK, version: 1, block: entry.bytes } as const;
    emit(state, { type: 'persist', record, sync: true });
  }
  emit(state, { type: 'persist', record: { kind: RECORD.VOTE, version: 1, vote }, sync: true });
  const leads = vote.kind === VOTE.ACCEPT && leaderAt(state, vote.view) === state.self;
  const message =
    leads && entry !== undefined
      ? proposalOf(state, vote, entry)
      : ({ kind: MESSAGE.VOTES, version: 1, votes: [vote] } as const);
  emit(state, { type: 'broadcast', message });
}
