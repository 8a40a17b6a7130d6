/** Proposals in state, and who decides about them. */
import { compareText } from '../../../../common/bytes.ts';
import { encode } from '../../../../common/codec/index.ts';
import {
  type CLOSED,
  type Electorate,
  type Standing,
  standingOf,
} from '../../../../ledger/governance.ts';
import { progressOf } from '../../../../ledger/governance-answer.ts';
import { stateKey } from '../../../../ledger/state-keys.ts';
import {
  memberVoteSchema,
  type OpenProposals,
  openProposalsSchema,
  type ProposalState,
  proposalStateSchema,
} from '../../../../ledger/state-values.ts';
import type { Draft, Reading } from '../../draft.ts';
import { readParameters } from '../../epochs.ts';
import type { Origin, RejectionCode } from '../../handler.ts';
import { readStored } from '../../stored.ts';
import { readActiveMembers } from '../members/state.ts';

export function readProposal(state: Reading, number: number): ProposalState | undefined {
  const value = state.get(stateKey.proposal(number));
  return value && readStored(proposalStateSchema, value, `proposal ${number}`);
}

export function writeProposal(draft: Draft, state: ProposalState): void {
  const key = stateKey.proposal(state.proposal.proposal);
  draft.put(key, encode(proposalStateSchema, state));
}

/** Who votes, as of a state and a ledger time in ms. */
function electorateOf(state: Reading, time: number): Electorate {
  return { members: readActiveMembers(state), parameters: readParameters(state), time };
}

/** Where a proposal stands in a state at a ledger time in ms. */
export function proposalStanding(state: Reading, of: ProposalState, time: number): Standing {
  return standingOf(progressOf(of), electorateOf(state, time));
}

/** Why nothing more can be done with a proposal at `time`; null: something can. */
export function endOf(state: Reading, of: ProposalState, time: number): RejectionCode | null {
  switch (proposalStanding(state, of, time).status) {
    case 'EXECUTED':
      return 'PROPOSAL_EXECUTED';
    case 'WITHDRAWN':
      return 'PROPOSAL_WITHDRAWN';
    case 'EXPIRED':
      return 'PROPOSAL_EXPIRED';
    default:
      return null;
  }
}

/** Where an operation was done, as structures in state keep it. */
export function provenanceOf({ height, time, transaction, operation }: Origin) {
  return { height, time, transaction, operation };
}

/** The proposal with the vote of the origin's sender, which also goes to the list of votes. */
export function withVote(
  draft: Draft,
  origin: Origin,
  state: ProposalState,
  approve: boolean,
): ProposalState {
  const member = origin.sender.id;
  const { proposal: number } = state.proposal;
  const vote = { version: 1, proposal: number, member, key: origin.key, approve } as const;
  const item = encode(memberVoteSchema, { ...vote, ...provenanceOf(origin) });
  draft.append(stateKey.proposalVotes(number), item);
  const others = state.votes.filter((each) => each.member !== member);
  const votes = [...others, { member, approve }].sort((a, b) => compareText(a.member, b.member));
  return { ...state, votes };
}

/** Ends a proposal here, for good. */
export function closeProposal(
  draft: Draft,
  origin: Origin,
  state: ProposalState,
  how: (typeof CLOSED)[keyof typeof CLOSED],
): void {
  writeProposal(draft, { ...state, closed: { how, ...provenanceOf(origin) } });
  const { proposal: number } = state.proposal;
  writeOpenProposals(
    draft,
    readOpenProposals(draft).filter(({ proposal }) => proposal !== number),
  );
}

export function readOpenProposals(state: Reading): OpenProposals {
  const value = state.get(stateKey.openProposals);
  return value === undefined ? [] : readStored(openProposalsSchema, value, 'the open proposals');
}

export function writeOpenProposals(draft: Draft, open: OpenProposals): void {
  draft.put(stateKey.openProposals, encode(openProposalsSchema, open));
}
