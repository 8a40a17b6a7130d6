/** Building a successor's genesis from the state that goes on: the same for any order. Pure. */
import { compareText } from '../common/bytes.ts';
import { failure, type Result, success } from '../common/result.ts';
import { lastHeaderOf } from './first-block.ts';
import {
  checkGenesis,
  type Genesis,
  type Member,
  type MemberRequest,
  type Predecessor,
  ROLE,
} from './genesis.ts';
import type { Parameters } from './parameters.ts';

export type SuccessorBuildCode =
  | 'GENESIS_DUPLICATE_ID'
  | 'GENESIS_INVALID'
  /** Who is to go on is no member with a validator, or has a new entry, too. */
  | 'SUCCESSOR_KEEPS';

export interface SuccessorInputs {
  readonly name: string;
  /** The genesis of the chain before. */
  readonly before: Genesis;
  readonly predecessor: Predecessor;
  /** Those that the state decided on. */
  readonly parameters: Parameters;
  /** The active members of the state. */
  readonly members: readonly Member[];
  /** Ids of members whose validators go on with their keys. */
  readonly keeps: readonly string[];
  /** New entries of members, and new members; their signatures have been checked. */
  readonly requests: readonly MemberRequest[];
}

/** Who is neither kept nor has a new entry stays a member, without a validator. */
export function buildSuccessor(inputs: SuccessorInputs): Result<Genesis, SuccessorBuildCode> {
  const { before, predecessor, parameters, keeps, requests } = inputs;
  const changed = new Map(requests.map(({ member }) => [member.id, member]));
  if (changed.size < requests.length) {
    return failure('GENESIS_DUPLICATE_ID', 'two requests are for the same id');
  }
  const present = new Map(inputs.members.map((member) => [member.id, member]));
  const unfit = keeps.find(
    (id) => changed.has(id) || (present.get(id)?.validatorKey ?? null) === null,
  );
  if (unfit !== undefined) {
    return failure('SUCCESSOR_KEEPS', `${unfit} has no validator that could go on as it is`);
  }
  const members = new Map(
    inputs.members.map((member) => [member.id, keeps.includes(member.id) ? member : idle(member)]),
  );
  for (const [id, member] of changed) members.set(id, member);
  const times = requests.map(({ created }) => created);
  const genesis: Genesis = {
    version: 1,
    name: inputs.name,
    time: Math.max(lastHeaderOf(predecessor).time, ...times),
    parameters,
    recoveryVotesPercent: before.recoveryVotesPercent,
    predecessor,
    members: [...members.values()].sort((a, b) => compareText(a.id, b.id)),
    publishers: [],
  };
  const checked = checkGenesis(genesis);
  return checked.ok ? success(genesis) : checked;
}

/** Votes on proposals, and has no node to vote on blocks. */
function idle(member: Member): Member {
  return { ...member, role: ROLE.OBSERVER, validatorKey: null };
}
