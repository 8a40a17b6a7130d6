/**
 * From proven state to where a proposal stands: what must be shown for it, and reading it out.
 * Pure.
 *
 *   The node proves proposalAnswerKeys(number); proposalFromProof(view, number) → the proposal,
 *   what it needs, who votes and what they voted, as of the proof's ledger time; null: there is
 *   none.
 */
import { decode, type Schema } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import { type Electorate, type Standing, standingOf } from './governance.ts';
import { parametersSchema } from './parameters.ts';
import { type ProvenView, STATE_VALUE_BYTES_MAX } from './proven-state.ts';
import type { AnswerCode } from './proven-value.ts';
import { stateKey } from './state-keys.ts';
import { activeMembersSchema, type ProposalState, proposalStateSchema } from './state-values.ts';

export function proposalAnswerKeys(number: number): string[] {
  return [stateKey.proposal(number), stateKey.activeMembers, stateKey.parameters];
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
  const members = read(view, stateKey.activeMembers, activeMembersSchema);
  if (!members.ok) return members;
  const parameters = read(view, stateKey.parameters, parametersSchema);
  if (!parameters.ok) return parameters;
  const state = read(view, stateKey.proposal(number), proposalStateSchema);
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
  const { proposal, votes, decided, closed } = state.value;
  const { expires, actions } = proposal;
  const progress = { expires, actions, votes, decided, closed: closed?.how ?? null };
  return success({ state: state.value, standing: standingOf(progress, electorate), electorate });
}

function read<T>(view: ProvenView, key: string, schema: Schema<T>): Result<T | null, AnswerCode> {
  const value = view.get(key);
  if (value === undefined) return failure('PROOF_INCOMPLETE', `the key ${key} is not shown`);
  if (value === null) return success(null);
  const decoded = decode(schema, value, STATE_VALUE_BYTES_MAX);
  return decoded.ok ? decoded : failure('PROOF_VALUE', `the value at ${key}: ${decoded.message}`);
}
