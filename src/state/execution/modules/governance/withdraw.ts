/** Withdrawing a proposal, by its proposer, as long as it isn't executed. */
import { CLOSED } from '../../../../ledger/governance.ts';
import type { WithdrawOperation } from '../../../../ledger/operations.ts';
import type { Handler } from '../../handler.ts';
import { closeProposal, endOf, readProposal } from './state.ts';

export const applyWithdraw: Handler<WithdrawOperation> = (draft, origin, { proposal: number }) => {
  const state = readProposal(draft, number);
  if (state === undefined) return 'PROPOSAL_UNKNOWN';
  if (state.proposal.proposer !== origin.sender.id) return 'UNAUTHORISED';
  const end = endOf(draft, state, origin.time);
  if (end !== null) return end;
  closeProposal(draft, origin, state, CLOSED.WITHDRAWN);
  return null;
};
