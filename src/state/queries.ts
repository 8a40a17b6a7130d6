/** Typed reads of a state; every answer is as of the reader's height. */
import { equalBytes, fromUtf8 } from '../common/bytes.ts';
import type { Standing } from '../ledger/governance.ts';
import type { Parameters } from '../ledger/parameters.ts';
import type { Usage } from '../ledger/quotas.ts';
import { stateKey } from '../ledger/state-keys.ts';
import {
  type EpochState,
  type KeyOwner,
  type MemberState,
  type MemberVote,
  memberVoteSchema,
  type ProposalState,
  type PublisherState,
  type Revision,
  revisionSchema,
  STANDING,
  type Statement,
  statementSchema,
} from '../ledger/state-values.ts';
import { keyIn, readEpoch, readParameters } from './execution/epochs.ts';
import { readKeyOwner } from './execution/key-owners.ts';
import { proposalStanding, readProposal } from './execution/modules/governance/state.ts';
import { readActiveMembers, readMember } from './execution/modules/members/state.ts';
import { publisherLevel, readPublisher } from './execution/modules/publishers/state.ts';
import { readUsage } from './execution/quotas.ts';
import { readStored } from './execution/stored.ts';
import type { StateReader } from './reader.ts';

export function parameters(state: StateReader): Parameters {
  return readParameters(state);
}

/** What a sender used of its quota. */
export function usage(state: StateReader, sender: string): Usage {
  return readUsage(state, sender);
}

export function epochState(state: StateReader): EpochState {
  return readEpoch(state);
}

export function member(state: StateReader, id: string): MemberState | undefined {
  return readMember(state, id);
}

/** The ids of the active members, ascending. */
export function activeMembers(state: StateReader): readonly string[] {
  return readActiveMembers(state);
}

/** A member's validator key that waits for its `ready`; undefined where none does. */
export function pendingKey(
  state: StateReader,
  { member: { id, validatorKey }, standing }: MemberState,
): Uint8Array | undefined {
  if (standing !== STANDING.ACTIVE || validatorKey === null) return undefined;
  const { validators, nextValidators } = readEpoch(state);
  const known = [validators, nextValidators].some((set) => {
    const key = keyIn(set, id);
    return key !== undefined && equalBytes(key, validatorKey);
  });
  return known ? undefined : validatorKey;
}

/** All members, those that are gone too, in order of admission. */
export function members(state: StateReader): MemberState[] {
  const { count } = state.list(stateKey.members);
  return idsOf(state, stateKey.members, 0, count).map((id) => member(state, id) as MemberState);
}

export function proposal(state: StateReader, number: number): ProposalState | undefined {
  return readProposal(state, number);
}

/** Proposals `from` and following, in order of number; the one at position p has number p + 1. */
export function proposals(state: StateReader, from: number, count: number): ProposalState[] {
  return state
    .items(stateKey.proposals, from, count)
    .map((_, i) => proposal(state, from + i + 1) as ProposalState);
}

/** Where a proposal stands at a ledger time in ms. */
export function standing(state: StateReader, of: ProposalState, time: number): Standing {
  return proposalStanding(state, of, time);
}

/** All votes on a proposal, oldest first, turned ones too. */
export function proposalVotes(
  state: StateReader,
  number: number,
  from: number,
  count: number,
): MemberVote[] {
  return state
    .items(stateKey.proposalVotes(number), from, count)
    .map((item) => readStored(memberVoteSchema, item, 'a vote'));
}

export function publisher(state: StateReader, id: string): PublisherState | undefined {
  return readPublisher(state, id);
}

/** Publishers `from` and following, in order of registration. */
export function publishers(state: StateReader, from: number, count: number): PublisherState[] {
  return idsOf(state, stateKey.publishers, from, count).map(
    (id) => publisher(state, id) as PublisherState,
  );
}

/** The number of distinct active members that vouch at a ledger time; 0 = registered only. */
export function levelOf(state: StateReader, of: PublisherState, time: number): number {
  return publisherLevel(state, of, time);
}

/** All statements on an asset, oldest first. */
export function statementsOn(state: StateReader, asset: Uint8Array): Statement[] {
  const key = stateKey.assetStatements(asset);
  return state.items(key, 0, state.list(key).count).map(asStatement);
}

/** A publisher's current statement on an asset. */
export function statementBy(
  state: StateReader,
  asset: Uint8Array,
  by: string,
): Statement | undefined {
  const value = state.get(stateKey.assetStatement(asset, by));
  return value && asStatement(value);
}

/** A publisher's statements on all assets, oldest first. */
export function actsOf(
  state: StateReader,
  publisherId: string,
  from: number,
  count: number,
): Statement[] {
  return state.items(stateKey.publisherActs(publisherId), from, count).map(asStatement);
}

/** A record's current revision. */
export function record(state: StateReader, namespace: string, key: string): Revision | undefined {
  const value = state.get(stateKey.record(namespace, key));
  return value && asRevision(value);
}

/** A record's revisions, oldest first; revision n stands at position n − 1. */
export function revisions(
  state: StateReader,
  namespace: string,
  key: string,
  from: number,
  count: number,
): Revision[] {
  return state.items(stateKey.recordRevisions(namespace, key), from, count).map(asRevision);
}

/** A namespace's keys, in order of first appearance. */
export function namespaceKeys(
  state: StateReader,
  namespace: string,
  from: number,
  count: number,
): string[] {
  return idsOf(state, stateKey.namespaceKeys(namespace), from, count);
}

/** Whose a key is; null twice for an unknown one. */
export function keyOwner(state: StateReader, key: Uint8Array): KeyOwner {
  return readKeyOwner(state, key);
}

function idsOf(state: StateReader, list: string, from: number, count: number): string[] {
  return state.items(list, from, count).map((item) => fromUtf8(item) as string);
}

function asStatement(item: Uint8Array): Statement {
  return readStored(statementSchema, item, 'a statement');
}

function asRevision(item: Uint8Array): Revision {
  return readStored(revisionSchema, item, 'a revision');
}
