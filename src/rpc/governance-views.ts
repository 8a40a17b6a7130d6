/** Proposals, votes and what they do, in JSON. */
import { publicKeyToText } from '../common/signature.ts';
import { ACTION, type Action, CLOSED, type Standing } from '../ledger/governance.ts';
import type { MemberVote, ProposalState } from '../ledger/state-values.ts';
import type { ActionView } from './schema/actions.ts';
import type { MemberVoteView, ProposalView } from './schema/governance.ts';
import { memberFieldsView, provenanceView, timeOrNull, timeText } from './views.ts';

export function actionView(action: Action): ActionView {
  switch (action.action) {
    case ACTION.MEMBER_PUT:
      return { action: 'member.put', ...memberFieldsView(action.request.member) };
    case ACTION.MEMBER_REMOVE:
      return { action: 'member.remove', id: action.id };
    case ACTION.MEMBER_SUSPEND:
      return { action: 'member.suspend', id: action.id };
    case ACTION.MEMBER_REINSTATE:
      return { action: 'member.reinstate', id: action.id };
    case ACTION.PARAMETERS: {
      const changes = action.changes.map(({ name, value }) => [name, value]);
      return { action: 'parameters', changes: Object.fromEntries(changes) };
    }
    case ACTION.PROTOCOL:
      return { action: 'protocol', version: action.version };
    case ACTION.KEY_COMPROMISED: {
      const { publisher, key, since } = action;
      const fields = { publisher, key: publicKeyToText(key), since: timeText(since) };
      return { action: 'publisher.key.compromised', ...fields };
    }
    case ACTION.PUBLISHER_REGISTER: {
      const { id, name, keys } = action.request.publisher;
      return { action: 'publisher.register', id, name, keys: keys.map(publicKeyToText) };
    }
  }
}

/** @param standing of the proposal in the state that it is from */
export function proposalView(
  { proposal, votes, closed }: ProposalState,
  standing: Standing,
): ProposalView {
  const { executable } = standing;
  return {
    proposal: proposal.proposal,
    proposer: proposal.proposer,
    status: standing.status,
    reason: proposal.reason,
    actions: proposal.actions.map(actionView),
    approvals: standing.approvals,
    rejections: standing.rejections,
    votesNeeded: standing.votes,
    votes: votes.map(({ member, approve }) => ({ member, approve })),
    objectionMs: standing.objectionMs,
    executable: timeOrNull(executable),
    expires: timeText(standing.expires),
    closed: closed && {
      how: closed.how === CLOSED.EXECUTED ? 'EXECUTED' : 'WITHDRAWN',
      ...provenanceView(closed),
    },
    key: publicKeyToText(proposal.key),
    ...provenanceView(proposal),
  };
}

export function memberVoteView(vote: MemberVote): MemberVoteView {
  const { member, key, approve } = vote;
  return { member, key: publicKeyToText(key), approve, ...provenanceView(vote) };
}
