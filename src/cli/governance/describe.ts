/** Proposals in words. Names come from strangers, so they are shown as text, whatever they are. */
import { publicKeyToText } from '../../common/signature.ts';
import { type Member, ROLE } from '../../ledger/genesis.ts';
import { ACTION, type Action } from '../../ledger/governance.ts';
import type { ProposalAnswer } from '../../ledger/governance-answer.ts';
import { timeOrNull, timeText } from '../../ledger/text.ts';
import { printable } from '../output.ts';
import type { Consortium } from './preview.ts';

/** What each action does to what is there now; where that isn't known, what it says. */
export function actionLines(actions: readonly Action[], consortium?: Known): string[] {
  return actions.flatMap((action) => actionText(action, consortium));
}

type Known = Pick<Consortium, 'members' | 'alike'> | undefined;

function actionText(action: Action, consortium: Known): string[] {
  switch (action.action) {
    case ACTION.MEMBER_PUT:
      return entryText(action.request.member, consortium);
    case ACTION.MEMBER_REMOVE:
      return [`removes ${action.id} for good`];
    case ACTION.MEMBER_SUSPEND:
      return [`suspends ${action.id}`];
    case ACTION.MEMBER_REINSTATE:
      return [`reinstates ${action.id}`];
    case ACTION.PARAMETERS:
      return action.changes.map(({ name, value }) => `sets ${name} to ${value}`);
    case ACTION.PROTOCOL:
      return [`raises the protocol version to ${action.version}`];
    case ACTION.KEY_COMPROMISED: {
      const since = timeText(action.since);
      const key = publicKeyToText(action.key);
      return [`declares ${key} of ${action.publisher} compromised since ${since}`];
    }
    case ACTION.PUBLISHER_REGISTER: {
      const { id, name, keys } = action.request.publisher;
      const others = consortium?.alike.get(id);
      const alike =
        others === undefined
          ? 'whatever name it looks like'
          : `which looks like ${others.join(', ') || 'no other'}`;
      return [
        `registers the publisher ${id} (${printable(name)}), ${alike}:`,
        ...keys.map((key) => `    key            ${publicKeyToText(key)}`),
      ];
    }
  }
}

function entryText(member: Member, known: Known): string[] {
  const { id, name, role, announce } = member;
  const as = role === ROLE.VALIDATOR ? 'validator' : 'observer';
  const entry = [
    `    member key     ${publicKeyToText(member.memberKey)}`,
    ...(member.validatorKey === null
      ? []
      : [`    validator key  ${publicKeyToText(member.validatorKey)}`]),
    `    node key       ${publicKeyToText(member.nodeKey)}`,
    `    addresses      ${announce.map(printable).join(' ') || 'none'}`,
  ];
  const named = `${id} (${printable(name)})`;
  if (known === undefined) return [`admits, or changes to this, the ${as} ${named}:`, ...entry];
  const before = known.members.find((each) => each.id === id);
  if (before === undefined) return [`admits the ${as} ${named}:`, ...entry];
  const differing = differences(member, before);
  if (differing.length === 0) return [`leaves ${named} as it is`];
  return [`changes ${named}: ${differing.join(', ')}`, ...entry];
}

function differences(member: Member, before: Consortium['members'][number]): string[] {
  const { validatorKey, announce } = member;
  const key = validatorKey === null ? null : publicKeyToText(validatorKey);
  const role = member.role === ROLE.VALIDATOR ? 'validator' : 'observer';
  return [
    ...(member.name === before.name ? [] : ['another name']),
    ...(role === before.role ? [] : [`${role} from now on`]),
    ...(publicKeyToText(member.memberKey) === before.memberKey ? [] : ['another member key']),
    ...(key === null || key === before.validatorKey ? [] : ['another validator key']),
    ...(publicKeyToText(member.nodeKey) === before.nodeKey ? [] : ['another node key']),
    ...(announce.join() === before.announce.join() ? [] : ['other addresses']),
  ];
}

/** Where a proposal stands, and who voted how. */
export function standingLines({ state, standing }: ProposalAnswer): string[] {
  const { proposal, votes } = state;
  const said = (approve: boolean) =>
    votes.filter((vote) => vote.approve === approve).map(({ member }) => member);
  const [yes, no] = [said(true), said(false)];
  const open = timeOrNull(standing.executable);
  return [
    `proposal ${proposal.proposal} by ${proposal.proposer}: ${standing.status}`,
    ...(proposal.reason === '' ? [] : [`reason   ${printable(proposal.reason)}`]),
    // Who votes may have changed with its execution: what was needed then is no more than history.
    ...(state.closed === null
      ? [`votes    ${standing.approvals} of ${standing.votes} needed`]
      : []),
    ...(yes.length === 0 ? [] : [`for      ${yes.join(', ')}`]),
    ...(no.length === 0 ? [] : [`against  ${no.join(', ')}`]),
    ...(standing.status === 'DECIDED' && open !== null
      ? [`window   members may object until ${open}; then: ztc gov execute`]
      : []),
    ...(standing.status === 'OPEN'
      ? [`expires  ${timeText(standing.expires)} in ledger time`]
      : []),
  ];
}

/** For programs: what `standingLines` says. */
export function standingJson({ state, standing }: ProposalAnswer) {
  const { proposal, votes } = state;
  return {
    proposal: proposal.proposal,
    proposer: proposal.proposer,
    status: standing.status,
    reason: proposal.reason,
    approvals: standing.approvals,
    rejections: standing.rejections,
    votesNeeded: standing.votes,
    votes: votes.map(({ member, approve }) => ({ member, approve })),
  };
}
