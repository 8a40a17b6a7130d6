/** The members as p2p has to know them, from what is final. */
import { STANDING } from '../ledger/state-values.ts';
import type { P2pMember } from '../p2p/roster.ts';
import type { Ledger } from '../state/ledger.ts';
import * as queries from '../state/queries.ts';

/**
 * The active members, and others as long as they have a vote. Heard are the validators
 * of this epoch and the next one, and those of the last one until this one has a final block: only
 * then has a quorum left it.
 */
export function p2pMembers(ledger: Ledger): P2pMember[] {
  const state = ledger.state();
  const { validators, nextValidators, firstHeight } = queries.epochState(state);
  const begins = state.height > 0 && state.height < firstHeight;
  const last = begins ? queries.epochState(ledger.state(state.height - 1)).validators : [];
  const voters = new Set([...last, ...validators, ...nextValidators].map(({ member }) => member));
  return queries
    .members(state)
    .filter(({ member, standing }) => standing === STANDING.ACTIVE || voters.has(member.id))
    .map(({ member: { id, nodeKey, role, announce } }) => {
      return { id, nodeKey, role, votes: voters.has(id), addresses: announce };
    });
}
