/**
 * Executing a decided proposal after its objection window. Where a proposal has the votes without a
 * deciding one, since there are fewer members now, this takes its place.
 */
import type { ExecuteOperation } from '../../../../ledger/operations.ts';
import type { Handler } from '../../handler.ts';
import { execute, settle } from './decide.ts';
import { endOf, proposalStanding, readProposal } from './state.ts';

export const applyExecute: Handler<ExecuteOperation> = (draft, origin, { proposal: number }) => {
  const state = readProposal(draft, number);
  if (state === undefined) return 'PROPOSAL_UNKNOWN';
  const end = endOf(draft, state, origin.time);
  if (end !== null) return end;
  const { approvals, votes, executable } = proposalStanding(draft, state, origin.time);
  if (approvals < votes) return 'VOTES_MISSING';
  if (executable === null) return settle(draft, origin, state, state);
  return origin.time < executable ? 'OBJECTION_WINDOW' : execute(draft, origin, state);
};
