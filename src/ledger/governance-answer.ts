/**
 * From proven state to where a proposal stands: what must be shown for it, and reading it out.
 * Pure.
 *
 *   The node proves proposalAnswerKeys(number); proposalFromProof(view, number) → the proposal,
 *   what it needs, who votes and what they voted, as of the proof's ledger time; null: there is
 *   none.
 */
import { failure, type Result, success } from '../common/result.ts';
import { type Electorate, type Progress, type Standing, standingOf } from './governance.ts';
import { parametersSchema } from './parameters.ts';
import type { ProvenView } from './proven-state.ts';
import { type AnswerCode, readKey } from './proven-value.ts';
import { stateKey } from './state-keys.ts';
import { activeMembersSchema, type ProposalState, proposalStateSchema } from './state-values.ts';

export function proposalAnswerKeys(number: number): string[] {
  return [stateKey.proposal(number), stateKey.activeMembers, stateKey.parameters];
}

/** What of its entry in state decides where a proposal stands. */
export function progressOf({ proposal, votes, decided, closed }: ProposalState): Progress {
  const { expires, actions } = proposal;
  return { expires, actions, votes, decided, closed: closed?.how ?? null };
}

export interface ProposalAnswer {
  readonly state: ProposalState;
  readonly standing: Standing;
  readonly electorate: Electorate;
}

export function proposalFromProof(
  view: ProvenView,
  number: number,
): Result<ProposalAnswer | null, AnswerCode> {
  const members = readKey(view, stateKey.activeMembers, activeMembersSchema);
  if (!members.ok) return members;
  const parameters = readKey(view, stateKey.parameters, parametersSchema);
  if (!parameters.ok) return parameters;
  const state = readKey(view, stateKey.proposal(number), proposalStateSchema);
  if (!state.ok) return state;
  if (state.value === null) return success(null);
  if (parameters.value === null || state.value.proposal.proposal !== number) {
    return failure('PROOF_VALUE', `the proposal at ${number} is another`);
  }
  const electorate = {
    members: members.value ?? [],
    parameters: parameters.value,
    time: view.time,
  };
  const standing = standingOf(progressOf(state.value), electorate);
  return success({ state: state.value, standing, electorate });
}
