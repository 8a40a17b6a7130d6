/** A member's vote on a proposal. Until it is executed a vote can be turned, not repeated. */
import { equalBytes } from '../../../../common/bytes.ts';
import type { VoteOperation } from '../../../../ledger/operations.ts';
import type { Handler } from '../../handler.ts';
import { settle } from './decide.ts';
import { endOf, readProposal, withVote } from './state.ts';

export const applyVote: Handler<VoteOperation> = (draft, origin, operation) => {
  const { proposal: number, transaction, approve } = operation;
  const state = readProposal(draft, number);
  if (state === undefined) return 'PROPOSAL_UNKNOWN';
  if (!equalBytes(state.proposal.transaction, transaction)) return 'PROPOSAL_MISMATCH';
  const end = endOf(draft, state, origin.time);
  if (end !== null) return end;
  const before = state.votes.find(({ member }) => member === origin.sender.id);
  if (before?.approve === approve) return 'ALREADY_VOTED';
  return settle(draft, origin, state, withVote(draft, origin, state, approve));
};
