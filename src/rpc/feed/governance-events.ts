/**
 * Events of governance. Whether a vote executed its proposal stands in neither block nor result,
 * but in the proposal, for good: so old blocks give the same events, whatever state is asked.
 */
import { equalBytes } from '../../common/bytes.ts';
import { ACTION, type Action, CLOSED } from '../../ledger/governance.ts';
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import type { ProposalState } from '../../ledger/state-values.ts';
import { operationView } from '../block-views.ts';
import { actionView } from '../governance-views.ts';
import { roleView } from '../views.ts';
import type { FeedEvent } from './events.ts';

/** Proposals as the newest state has them. */
export interface Proposals {
  get(number: number): ProposalState | undefined;
  /** Those made in a block, in order. */
  madeIn(height: number): readonly ProposalState[];
}

/** Where an operation was done. */
export interface Place {
  readonly height: number;
  readonly transaction: Uint8Array;
  readonly operation: number;
}

/** Of an applied operation of a member or validator on proposals; of others there are none. */
export function governanceEvents(
  sender: string,
  operation: Operation,
  place: Place,
  provenance: object,
  proposals: Proposals,
): FeedEvent[] {
  const state = proposalOf(operation, place, proposals);
  if (state === undefined) return [];
  const { proposal, actions } = state.proposal;
  const data = { sender, ...operationView(operation), proposal, ...provenance };
  const said = governanceEvent(data);
  const { closed } = state;
  if (closed?.how !== CLOSED.EXECUTED || !isAt(closed, place)) return [said];
  const executed = governanceEvent({ op: 'gov.executed', proposal, ...provenance });
  return [said, executed, ...actions.flatMap((action) => actionEvents(action, provenance))];
}

function governanceEvent(data: object): FeedEvent {
  return { topic: 'governance', subject: {}, data };
}

function proposalOf(
  operation: Operation,
  place: Place,
  proposals: Proposals,
): ProposalState | undefined {
  switch (operation.op) {
    case OPERATION.PROPOSE:
      return proposals.madeIn(place.height).find(({ proposal }) => isAt(proposal, place));
    case OPERATION.VOTE:
    case OPERATION.WITHDRAW:
    case OPERATION.EXECUTE:
      return proposals.get(operation.proposal);
    default:
      return undefined;
  }
}

function isAt(entry: Place, place: Place): boolean {
  return entry.operation === place.operation && equalBytes(entry.transaction, place.transaction);
}

function actionEvents(action: Action, provenance: object): FeedEvent[] {
  const event = (data: object): FeedEvent[] => [
    { topic: 'member', subject: {}, data: { ...data, ...provenance } },
  ];
  switch (action.action) {
    case ACTION.MEMBER_PUT: {
      const { id, name, role } = action.request.member;
      return event({ id, name, role: roleView(role), active: true });
    }
    case ACTION.MEMBER_REMOVE:
    case ACTION.MEMBER_SUSPEND:
      return event({ id: action.id, active: false });
    case ACTION.MEMBER_REINSTATE:
      return event({ id: action.id, active: true });
    case ACTION.KEY_COMPROMISED: {
      const { publisher: id } = action;
      const data = { id, ...actionView(action), ...provenance };
      return [{ topic: 'publisher', subject: { publisher: id }, data }];
    }
    case ACTION.PUBLISHER_REGISTER: {
      const { id } = action.request.publisher;
      const data = { ...actionView(action), ...provenance };
      return [{ topic: 'publisher', subject: { publisher: id }, data }];
    }
    default:
      return [];
  }
}
