/** Starting from what the WAL held: own decisions first, so that nothing contradicts them. */
import { toHex } from '../../common/bytes.ts';
import { VOTE, type Vote } from '../../ledger/vote.ts';
import { insertBlock } from './blocks.ts';
import { noteCertificate } from './certificates.ts';
import type { Restored } from './input.ts';
import { proposalOf } from './justification.ts';
import { broadcastStatus } from './repair.ts';
import { type CoreState, emit, leaderAt, viewAt } from './state.ts';
import { addVote } from './votes.ts';

export function restore(state: CoreState, restored: Restored): void {
  // A head that has aged while nobody ran must not count as fresh for another heartbeat.
  const age = Math.max(0, state.wall - state.head.header.time);
  state.head = { ...state.head, seenAt: state.elapsed - age };
  const votes = restored.votes.filter((vote) => isOpen(state, vote));
  for (const vote of votes) noteOwn(state, vote);
  for (const certificate of restored.certificates) noteCertificate(state, certificate);
  // From the highest view that is proven, not the last written.
  state.view = Math.max(state.view, state.enterable - 1);
  for (const { block, bytes } of restored.blocks) insertBlock(state, block, bytes);
  for (const vote of votes) addVote(state, vote);
  // All of it stands in the log already.
  state.effects = state.effects.filter((effect) => effect.type !== 'persist');
}

function isOpen(state: CoreState, vote: Vote): boolean {
  const own = vote.validator === state.self && vote.epoch === state.epoch;
  return own && vote.view > state.head.view;
}

function noteOwn(state: CoreState, vote: Vote): void {
  const { own } = viewAt(state, vote.view);
  own.votes.push(vote);
  if (vote.kind === VOTE.NULLIFY) own.nullified = true;
  if (vote.kind === VOTE.ACCEPT && vote.block !== null) own.accepted = toHex(vote.block);
  if (vote.kind === VOTE.FINALIZE && vote.block !== null) own.finalized = toHex(vote.block);
}

/** Tells the others that we are back, with what we last said and, if we lead, our proposal. */
export function announce(state: CoreState): void {
  broadcastStatus(state);
  if (leaderAt(state, state.view) !== state.self) return;
  const { own } = viewAt(state, state.view);
  const vote = own.votes.find(({ kind }) => kind === VOTE.ACCEPT);
  const entry = own.accepted === undefined ? undefined : state.blocks.get(own.accepted);
  if (vote === undefined || entry === undefined) return;
  emit(state, { type: 'broadcast', message: proposalOf(state, vote, entry) });
}
