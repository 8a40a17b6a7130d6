/**
 * How the members govern: what a proposal can do, how many votes each kind needs, and where a
 * proposal stands at a ledger time. Pure data and arithmetic, the same for execution, a node's
 * answers, and a client that previews or checks a proof.
 */
import { compareText } from '../common/bytes.ts';
import {
  ascending,
  list,
  literal,
  refined,
  type Schema,
  type TypeOf,
  tagged,
  text,
  tuple,
  uint,
} from '../common/codec/index.ts';
import { memberRequestSchema, publisherRequestSchema } from './genesis.ts';
import type { Parameters } from './parameters.ts';
import { id, publicKey, time } from './primitives.ts';

/** Few enough that a proposal with requests of the largest size is a provable state value. */
const ACTIONS_MAX = 32;
export const PROPOSAL_REASON_BYTES_MAX = 1024;
const PARAMETER_NAME_PATTERN = /^[A-Za-z]{1,40}$/;
const PARAMETER_NAME_BYTES_MAX = 40;
const PARAMETER_CHANGES_MAX = 64;

export const ACTION = {
  MEMBER_PUT: 1,
  MEMBER_REMOVE: 2,
  MEMBER_SUSPEND: 3,
  MEMBER_REINSTATE: 4,
  PARAMETERS: 5,
  PROTOCOL: 6,
  KEY_COMPROMISED: 7,
  PUBLISHER_REGISTER: 8,
} as const;

/**
 * Admits a member, or replaces an active one's entry: its keys, role, addresses, name. The request
 * is signed by each key in the entry, which voters check; execution takes the entry.
 */
export const memberPutAction = tuple({
  action: literal(ACTION.MEMBER_PUT),
  request: memberRequestSchema,
});
export type MemberPutAction = TypeOf<typeof memberPutAction>;

/** Ends a membership for good: the id never comes back. */
export const memberRemoveAction = tuple({ action: literal(ACTION.MEMBER_REMOVE), id });
export type MemberRemoveAction = TypeOf<typeof memberRemoveAction>;

/** The member has no vote of either kind, and its vouches don't count, until it is reinstated. */
export const memberSuspendAction = tuple({ action: literal(ACTION.MEMBER_SUSPEND), id });
export type MemberSuspendAction = TypeOf<typeof memberSuspendAction>;

export const memberReinstateAction = tuple({ action: literal(ACTION.MEMBER_REINSTATE), id });
export type MemberReinstateAction = TypeOf<typeof memberReinstateAction>;

/** Other values of some parameters, from the next epoch on. */
export const parametersAction = tuple({
  action: literal(ACTION.PARAMETERS),
  changes: refined(
    ascending(
      tuple({
        name: text(PARAMETER_NAME_BYTES_MAX, PARAMETER_NAME_PATTERN),
        value: uint(),
      }),
      PARAMETER_CHANGES_MAX,
      (a, b) => compareText(a.name, b.name),
    ),
    'at least one parameter',
    (changes) => changes.length > 0,
  ),
});
export type ParametersAction = TypeOf<typeof parametersAction>;

/** The rules of this number, from the next epoch on. */
export const protocolAction = tuple({ action: literal(ACTION.PROTOCOL), version: uint() });
export type ProtocolAction = TypeOf<typeof protocolAction>;

/** What a publisher's key signed at `since` or later is bad: where it has no recovery key. */
export const keyCompromisedAction = tuple({
  action: literal(ACTION.KEY_COMPROMISED),
  publisher: id,
  key: publicKey,
  since: time,
});
export type KeyCompromisedAction = TypeOf<typeof keyCompromisedAction>;

/** Registers a publisher whose name or id looks like another's: no member does that alone. */
export const publisherRegisterAction = tuple({
  action: literal(ACTION.PUBLISHER_REGISTER),
  request: publisherRequestSchema,
});
export type PublisherRegisterAction = TypeOf<typeof publisherRegisterAction>;

export type Action =
  | MemberPutAction
  | MemberRemoveAction
  | MemberSuspendAction
  | MemberReinstateAction
  | ParametersAction
  | ProtocolAction
  | KeyCompromisedAction
  | PublisherRegisterAction;

export const actionSchema: Schema<Action> = tagged('action', {
  [ACTION.MEMBER_PUT]: memberPutAction,
  [ACTION.MEMBER_REMOVE]: memberRemoveAction,
  [ACTION.MEMBER_SUSPEND]: memberSuspendAction,
  [ACTION.MEMBER_REINSTATE]: memberReinstateAction,
  [ACTION.PARAMETERS]: parametersAction,
  [ACTION.PROTOCOL]: protocolAction,
  [ACTION.KEY_COMPROMISED]: keyCompromisedAction,
  [ACTION.PUBLISHER_REGISTER]: publisherRegisterAction,
});

/** Done together or not at all. */
export const actionsSchema = refined(
  list(actionSchema, ACTIONS_MAX),
  'at least one action',
  (actions) => actions.length > 0,
);

/** The parameters that decide about an action. */
interface KindRule {
  /** It needs the votes of more than so many percent of the active members. */
  readonly percent: keyof Parameters;
  /** How long members may object between the deciding vote and the execution, in ms. */
  readonly objection: keyof Parameters;
}

const MEMBER_RULE = { percent: 'memberVotesPercent', objection: 'memberObjectionMs' } as const;

const RULES: { readonly [A in Action['action']]: KindRule } = {
  [ACTION.MEMBER_PUT]: MEMBER_RULE,
  [ACTION.MEMBER_REMOVE]: MEMBER_RULE,
  [ACTION.MEMBER_SUSPEND]: MEMBER_RULE,
  [ACTION.MEMBER_REINSTATE]: MEMBER_RULE,
  [ACTION.PARAMETERS]: { percent: 'parameterVotesPercent', objection: 'parameterObjectionMs' },
  [ACTION.PROTOCOL]: { percent: 'protocolVotesPercent', objection: 'protocolObjectionMs' },
  [ACTION.KEY_COMPROMISED]: { percent: 'publisherVotesPercent', objection: 'publisherObjectionMs' },
  [ACTION.PUBLISHER_REGISTER]: { percent: 'publisherVotesPercent', objection: 'nameObjectionMs' },
};

/** What a proposal needs: the strictest of its actions. */
export interface Requirement {
  readonly votes: number;
  /** In ms; 0: it is executed at the deciding vote. */
  readonly objectionMs: number;
}

/** More than `percent` of `members`, at most all of them. */
export function votesNeeded(percent: number, members: number): number {
  return Math.min(members, Math.floor((members * percent) / 100) + 1);
}

export function requirementOf(
  actions: readonly Action[],
  parameters: Parameters,
  members: number,
): Requirement {
  const rules = actions.map(({ action }) => RULES[action]);
  const percent = Math.max(...rules.map((rule) => parameters[rule.percent]));
  const objectionMs = Math.max(...rules.map((rule) => parameters[rule.objection]));
  return { votes: votesNeeded(percent, members), objectionMs };
}

/** Ledger times stay integers that the codec can write, whatever the parameters are. */
export function later(time: number, ms: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, time + ms);
}

export const PROPOSAL_STATUS = ['OPEN', 'DECIDED', 'EXECUTED', 'WITHDRAWN', 'EXPIRED'] as const;
export type ProposalStatus = (typeof PROPOSAL_STATUS)[number];

/** How a proposal ended. */
export const CLOSED = { EXECUTED: 1, WITHDRAWN: 2 } as const;

/** What decides where a proposal stands: a part of its entry in state. */
export interface Progress {
  readonly expires: number;
  readonly actions: readonly Action[];
  readonly votes: readonly { readonly member: string; readonly approve: boolean }[];
  /** Ledger time of the vote with which it had enough; null: it hasn't. */
  readonly decided: number | null;
  readonly closed: (typeof CLOSED)[keyof typeof CLOSED] | null;
}

/** What else the standing depends on, as of one state. */
export interface Electorate {
  /** Ids of the active members: the votes of others don't count. */
  readonly members: readonly string[];
  readonly parameters: Parameters;
  /** Ledger time in ms. */
  readonly time: number;
}

export interface Standing extends Requirement {
  readonly status: ProposalStatus;
  /** Members that are active now and voted for it. */
  readonly approvals: number;
  readonly rejections: number;
  /** From this ledger time on it can be executed; null: the votes are missing. */
  readonly executable: number | null;
  /** The last ledger time at which it can be voted on, or be executed. */
  readonly expires: number;
}

/** Where a proposal stands: expiry is computed whenever it is read, nothing sweeps. */
export function standingOf(progress: Progress, electorate: Electorate): Standing {
  const { members, parameters, time } = electorate;
  const requirement = requirementOf(progress.actions, parameters, members.length);
  const counted = progress.votes.filter(({ member }) => members.includes(member));
  const approvals = counted.filter(({ approve }) => approve).length;
  const enough = approvals >= requirement.votes;
  const executable =
    enough && progress.decided !== null ? later(progress.decided, requirement.objectionMs) : null;
  // What was decided late has its objection window, and time to be executed after it.
  const expires =
    executable === null
      ? progress.expires
      : Math.max(progress.expires, later(executable, parameters.proposalValidityMs));
  return {
    ...requirement,
    status: statusOf(progress, { executable, expired: time > expires }),
    approvals,
    rejections: counted.length - approvals,
    executable,
    expires,
  };
}

function statusOf(
  { closed }: Progress,
  { executable, expired }: { readonly executable: number | null; readonly expired: boolean },
): ProposalStatus {
  if (closed === CLOSED.EXECUTED) return 'EXECUTED';
  if (closed === CLOSED.WITHDRAWN) return 'WITHDRAWN';
  if (expired) return 'EXPIRED';
  return executable === null ? 'OPEN' : 'DECIDED';
}
