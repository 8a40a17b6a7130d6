/**
 * A proposal, which is its proposer's vote for it. What can't be done now is refused, so that
 * nobody votes on what arithmetic or a missing member rules out; it may still fail when it is
 * decided, in which case the deciding vote is rejected and the proposal stays as it was.
 */
import { encode } from '../../../../common/codec/index.ts';
import { ACTION, type Action, later } from '../../../../ledger/governance.ts';
import type { ProposeOperation } from '../../../../ledger/operations.ts';
import { stateKey } from '../../../../ledger/state-keys.ts';
import { PROPOSALS_OPEN_MAX, proposalSchema } from '../../../../ledger/state-values.ts';
import { Draft } from '../../draft.ts';
import { readParameters } from '../../epochs.ts';
import type { Handler } from '../../handler.ts';
import { applyActions } from './actions.ts';
import { settle } from './decide.ts';
import { provenanceOf, readOpenProposals, withVote, writeOpenProposals } from './state.ts';

export const applyPropose: Handler<ProposeOperation> = (draft, origin, { actions, reason }) => {
  const { sender, key, time } = origin;
  if (actions.some((action) => removes(action, sender.id))) return 'PROPOSER_REMOVED';
  const open = readOpenProposals(draft).filter(({ expires }) => time <= expires);
  const own = open.filter(({ proposer }) => proposer === sender.id);
  if (own.length >= PROPOSALS_OPEN_MAX) return 'PROPOSALS_FULL';
  const impossible = applyActions(new Draft(draft), origin, actions);
  if (impossible !== null) return impossible;
  const proposal = {
    version: 1,
    proposal: draft.count(stateKey.proposals) + 1,
    proposer: sender.id,
    key,
    ...provenanceOf(origin),
    expires: later(time, readParameters(draft).proposalValidityMs),
    actions,
    reason,
  } as const;
  draft.append(stateKey.proposals, encode(proposalSchema, proposal));
  const { proposal: number, proposer, expires } = proposal;
  writeOpenProposals(draft, [...open, { proposal: number, proposer, expires }]);
  const before = { proposal, votes: [], decided: null, closed: null };
  return settle(draft, origin, before, withVote(draft, origin, before, true));
};

function removes(action: Action, proposer: string): boolean {
  switch (action.action) {
    case ACTION.MEMBER_REMOVE:
    case ACTION.MEMBER_SUSPEND:
      return action.id === proposer;
    default:
      return false;
  }
}
