/**
 * What a proposal would make of the consortium, before anybody votes: quorums and faults tolerated,
 * who could block, whose node doesn't answer now, and the parameters that change. The ledger itself
 * refuses only what arithmetic shows; the rest is for people to judge.
 */
import type { AnswerOf } from '../../client/answers.ts';
import type { Json } from '../../common/codec/index.ts';
import { publicKeyToText } from '../../common/signature.ts';
import { ROLE } from '../../ledger/genesis.ts';
import { ACTION, type Action, requirementOf } from '../../ledger/governance.ts';
import type { Parameters } from '../../ledger/parameters.ts';
import { quorumOf } from '../../ledger/validators.ts';
import { CliError } from '../errors.ts';
import { type Membership, quorumText, readMembership } from '../members/membership.ts';
import { alikeTo } from '../publishers/likeness.ts';
import type { Session } from '../session.ts';

export interface Consortium extends Membership {
  readonly parameters: Parameters;
  /** Members whose nodes the asked node is not connected to; not its own. */
  readonly unreachable: readonly string[];
  /** Of publishers that are to be registered: whom each looks like. */
  readonly alike: ReadonlyMap<string, readonly string[]>;
}

/** @param actions what is proposed */
export async function readConsortium(
  session: Pick<Session, 'client' | 'proof'>,
  actions: readonly Action[],
): Promise<Consortium> {
  const { client } = session;
  const membership = await readMembership(client);
  const answer = await client.call('chain_parameters', {});
  if (answer === null) throw new CliError('BAD_ANSWER', 'the node has no parameters');
  const parameters = answer.parameters as unknown as Parameters;
  const unreachable = unreachableOf(membership, await client.call('node_peers', {}));
  const alike = new Map<string, readonly string[]>();
  for (const action of actions) {
    if (action.action !== ACTION.PUBLISHER_REGISTER) continue;
    const { publisher } = action.request;
    alike.set(publisher.id, await alikeTo(session, publisher));
  }
  return { ...membership, parameters, unreachable, alike };
}

function unreachableOf(
  { members }: Membership,
  { peers }: AnswerOf<'node_peers'>,
): readonly string[] {
  const away = peers.filter(({ connected }) => !connected).map(({ member }) => member);
  return members.map(({ id }) => id).filter((id) => away.includes(id));
}

/** Who votes in consensus and who governs, once all of it is in force. */
interface After {
  readonly voters: readonly string[];
  readonly members: readonly string[];
}

export function after(actions: readonly Action[], consortium: Consortium): After {
  const { members, nextValidators, pending } = consortium;
  const voters = new Set([...nextValidators, ...pending].map(({ member }) => member));
  const active = new Set(members.map(({ id }) => id));
  for (const action of actions) {
    switch (action.action) {
      case ACTION.MEMBER_PUT: {
        const { id, role } = action.request.member;
        active.add(id);
        if (role === ROLE.VALIDATOR) voters.add(id);
        else voters.delete(id);
        break;
      }
      case ACTION.MEMBER_REMOVE:
      case ACTION.MEMBER_SUSPEND:
        active.delete(action.id);
        voters.delete(action.id);
        break;
      case ACTION.MEMBER_REINSTATE:
        active.add(action.id);
        break;
    }
  }
  return { voters: [...voters].sort(), members: [...active].sort() };
}

/** Members whose nodes have to say `ready` before the whole is in force. */
function awaited(actions: readonly Action[], { validators }: Consortium): string[] {
  return actions.flatMap((action) => {
    if (action.action !== ACTION.MEMBER_PUT) return [];
    const { id, validatorKey } = action.request.member;
    if (validatorKey === null) return [];
    const key = publicKeyToText(validatorKey);
    return validators.some((each) => each.member === id && each.key === key) ? [] : [id];
  });
}

interface Difference {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

function differences(actions: readonly Action[], { parameters }: Consortium): Difference[] {
  const from = (name: string) => parameters[name as keyof Parameters] ?? 0;
  return actions.flatMap((action) => {
    if (action.action === ACTION.PROTOCOL) {
      const name = 'protocolVersion';
      return [{ name, from: from(name), to: action.version }];
    }
    if (action.action !== ACTION.PARAMETERS) return [];
    return action.changes.map(({ name, value }) => ({ name, from: from(name), to: value }));
  });
}

/** How many together can stop what takes `needed` of `count`. */
function blockers(needed: number, count: number): number {
  return count - needed + 1;
}

export interface Preview {
  readonly json: { readonly [name: string]: Json };
  readonly text: readonly string[];
}

export function preview(actions: readonly Action[], consortium: Consortium): Preview {
  const { members, validators, unreachable, parameters } = consortium;
  const then = after(actions, consortium);
  const nodes = awaited(actions, consortium);
  const changes = differences(actions, consortium);
  const needs = requirementOf(actions, parameters, members.length);
  const away = then.voters.filter((id) => unreachable.includes(id));
  const quorum = quorumOf(then.voters.length);
  const stalls = then.voters.length - away.length < quorum;
  const canStop = blockers(quorum, then.voters.length);
  const canRefuse = blockers(needs.votes, members.length);
  return {
    json: {
      votesNeeded: needs.votes,
      members: members.length,
      objectionMs: needs.objectionMs,
      validators: validators.length,
      validatorsAfter: then.voters,
      quorumAfter: quorum,
      membersAfter: then.members,
      canStopTheChain: canStop,
      canRefuse,
      awaited: nodes,
      unreachable: [...unreachable],
      parameters: changes.map(({ name, from, to }) => ({ name, from, to })),
    },
    text: [
      `needs    ${needs.votes} of ${members.length} members; any ${canRefuse} can refuse it`,
      ...(needs.objectionMs === 0
        ? []
        : [`window   members may object for ${needs.objectionMs} ms after the deciding vote`]),
      `now      ${quorumText(validators.length)}`,
      `then     ${quorumText(then.voters.length)}; any ${canStop} can stop the chain`,
      `voters   ${then.voters.join(', ')}`,
      ...(nodes.length === 0 ? [] : [`ready    awaited of ${nodes.join(', ')}`]),
      ...(unreachable.length === 0
        ? []
        : [`away     ${unreachable.join(', ')}: not reachable now`]),
      ...(stalls ? ['warning  with those that are away there would be no quorum'] : []),
      ...changes.map(({ name, from, to }) => `changes  ${name}: ${from} → ${to}`),
    ],
  };
}
