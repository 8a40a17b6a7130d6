/** Counting votes into certificates. */
import { equalBytes, toHex } from '../../common/bytes.ts';
import { type Certificate, VOTE, type Vote } from '../../ledger/vote.ts';
import { noteCertificate, wantProposed } from './certificates.ts';
import { VIEW_WINDOW, VOTES_KEPT_VIEWS } from './limits.ts';
import { noteSigned } from './signed.ts';
import { type CoreState, leaderAt, viewAt } from './state.ts';
import type { View } from './view.ts';

export type VoteRelevance = 'wanted' | 'far' | 'ahead' | 'late' | 'stale' | 'known' | 'foreign';

/** What a vote would change; asked before its signature is checked. */
export function relevanceOf(state: CoreState, vote: Vote): VoteRelevance {
  if (!equalBytes(vote.chain, state.chain)) return 'foreign';
  if (vote.epoch !== state.epoch) return vote.epoch < state.epoch ? 'late' : 'ahead';
  if (vote.validator >= state.validators.length) return 'foreign';
  if (vote.view > state.view + VIEW_WINDOW) return 'far';
  if (vote.view <= state.head.view || vote.view <= state.view - VOTES_KEPT_VIEWS) return 'stale';
  const view = state.views.get(vote.view);
  return view !== undefined && isKnown(view, vote) ? 'known' : 'wanted';
}

/** True also where the votes it would be counted with have made their certificate already. */
function isKnown(view: View, vote: Vote): boolean {
  const by = vote.validator;
  if (vote.kind === VOTE.NULLIFY) {
    return view.nullifies.has(by) || (isSettled(view.nullification) && !view.firstFinalize.has(by));
  }
  if (view.contradicted[vote.kind].has(by)) return true;
  const accepts = vote.kind === VOTE.ACCEPT;
  const first = (accepts ? view.firstAccept : view.firstFinalize).get(by);
  if (first !== undefined && sameBlock(first.block, vote.block)) return true;
  const certificate = accepts ? view.acceptance : view.finalization;
  return isSettled(certificate) && sameBlock(certificate.block, vote.block);
}

function isSettled(certificate: Certificate | undefined): certificate is Certificate {
  return certificate !== undefined;
}

function sameBlock(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a !== null && b !== null && equalBytes(a, b);
}

/** Counts a vote whose signature is good. */
export function addVote(state: CoreState, vote: Vote): void {
  if (relevanceOf(state, vote) !== 'wanted') return;
  noteSigned(state, vote);
  const view = viewAt(state, vote.view);
  switch (vote.kind) {
    case VOTE.ACCEPT:
      addAccept(state, view, vote);
      return;
    case VOTE.NULLIFY:
      addNullify(state, view, vote);
      return;
    case VOTE.FINALIZE:
      addFinalize(state, view, vote);
      return;
  }
}

function addAccept(state: CoreState, view: View, vote: Vote): void {
  const first = view.firstAccept.get(vote.validator);
  if (first === undefined) view.firstAccept.set(vote.validator, vote);
  else view.contradicted[VOTE.ACCEPT].add(vote.validator);
  const hash = vote.block as Uint8Array;
  const hex = toHex(hash);
  // A contradicting vote counts as well: others may count it, and one mustn't be left behind.
  const count = tally(view.accepts, hex, vote);
  if (vote.validator === leaderAt(state, view.number) && view.proposed === undefined) {
    view.proposed = { hash, hex };
    wantProposed(state, view);
  }
  if (count.size >= state.quorum) certify(state, count);
}

function addNullify(state: CoreState, view: View, vote: Vote): void {
  view.nullifies.set(vote.validator, vote);
  if (view.nullifies.size >= state.quorum) certify(state, view.nullifies);
}

function addFinalize(state: CoreState, view: View, vote: Vote): void {
  const first = view.firstFinalize.get(vote.validator);
  if (first === undefined) view.firstFinalize.set(vote.validator, vote);
  else view.contradicted[VOTE.FINALIZE].add(vote.validator);
  const count = tally(view.finalizes, toHex(vote.block as Uint8Array), vote);
  if (count.size >= state.quorum) certify(state, count);
}

function tally(
  byBlock: Map<string, Map<number, Vote>>,
  hex: string,
  vote: Vote,
): Map<number, Vote> {
  let votes = byBlock.get(hex);
  if (votes === undefined) {
    votes = new Map();
    byBlock.set(hex, votes);
  }
  votes.set(vote.validator, vote);
  return votes;
}

/** Makes the certificate of a quorum of like votes. */
function certify(state: CoreState, votes: ReadonlyMap<number, Vote>): void {
  const sorted = [...votes.values()].sort((a, b) => a.validator - b.validator);
  const [{ version, kind, chain, epoch, view, block }] = sorted as [Vote];
  const signatures = sorted.map(({ validator, signature }) => ({ validator, signature }));
  noteCertificate(state, { version, kind, chain, epoch, view, block, signatures });
}
