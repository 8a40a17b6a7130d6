/** What a vote makes of a proposal: nothing yet, a decision that waits, or its execution. */
import { CLOSED } from '../../../../ledger/governance.ts';
import type { ProposalState } from '../../../../ledger/state-values.ts';
import type { Draft } from '../../draft.ts';
import type { Origin, RejectionCode } from '../../handler.ts';
import { applyActions } from './actions.ts';
import { closeProposal, proposalStanding, writeProposal } from './state.ts';

/**
 * Counts `after`, the proposal with a new vote or none, writes it, and executes it where it has the
 * votes and no objection window is left. The window begins with the vote that gives it enough:
 * where turned votes or new members left it short in between, it begins again.
 */
export function settle(
  draft: Draft,
  origin: Origin,
  before: ProposalState,
  after: ProposalState,
): RejectionCode | null {
  const { time } = origin;
  const hasEnough = (state: ProposalState): boolean => {
    const { approvals, votes } = proposalStanding(draft, state, time);
    return approvals >= votes;
  };
  if (!hasEnough(after)) {
    writeProposal(draft, { ...after, decided: null });
    return null;
  }
  const decided = hasEnough(before) ? (before.decided ?? time) : time;
  const counted = { ...after, decided };
  const { executable } = proposalStanding(draft, counted, time);
  if (executable !== time || decided !== time) {
    writeProposal(draft, counted);
    return null;
  }
  return execute(draft, origin, counted);
}

/** Does what the proposal says, and ends it; where that can't be done nothing happened. */
export function execute(draft: Draft, origin: Origin, state: ProposalState): RejectionCode | null {
  const code = applyActions(draft, origin, state.proposal.actions);
  if (code !== null) return code;
  closeProposal(draft, origin, state, CLOSED.EXECUTED);
  return null;
}
