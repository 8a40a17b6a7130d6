/** What decided proposals do: a table from action to rule. */
import { ACTION, type Action } from '../../../../ledger/governance.ts';
import type { Draft } from '../../draft.ts';
import type { ActionRule, Origin, RejectionCode } from '../../handler.ts';
import { putMember } from '../members/put.ts';
import { removeMember } from '../members/remove.ts';
import { reinstateMember, suspendMember } from '../members/suspend.ts';
import { declareCompromised } from '../publishers/keys.ts';
import { registerByVote } from '../publishers/register.ts';
import { changeParameters, raiseProtocol } from './parameters.ts';

type Rules = { readonly [A in Action as A['action']]: ActionRule<A> };

const RULES: Rules = {
  [ACTION.MEMBER_PUT]: putMember,
  [ACTION.MEMBER_REMOVE]: removeMember,
  [ACTION.MEMBER_SUSPEND]: suspendMember,
  [ACTION.MEMBER_REINSTATE]: reinstateMember,
  [ACTION.PARAMETERS]: changeParameters,
  [ACTION.PROTOCOL]: raiseProtocol,
  [ACTION.KEY_COMPROMISED]: declareCompromised,
  [ACTION.PUBLISHER_REGISTER]: registerByVote,
};

/** Does all of them in order; the first that can't be done is why nothing is. */
export function applyActions(
  draft: Draft,
  origin: Origin,
  actions: readonly Action[],
): RejectionCode | null {
  for (const action of actions) {
    const rule = RULES[action.action] as ActionRule<Action>;
    const code = rule(draft, origin, action);
    if (code !== null) return code;
  }
  return null;
}
