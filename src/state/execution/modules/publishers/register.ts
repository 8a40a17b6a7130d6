/**
 * Registering a publisher: by any member, or, where its name or id looks like another's, by a vote
 * with an objection window. Its keys have signed the request; its level is 0. A name stays taken
 * for good.
 */
import { verify } from '../../../../common/signature.ts';
import type { PublisherRequest } from '../../../../ledger/genesis.ts';
import type { PublisherRegisterAction } from '../../../../ledger/governance.ts';
import { nameProblem } from '../../../../ledger/names/names.ts';
import type { PublisherRegisterOperation } from '../../../../ledger/operations.ts';
import { firstKeys } from '../../../../ledger/publishers.ts';
import { verifyPublisherRequest } from '../../../../ledger/requests.ts';
import type { Draft } from '../../draft.ts';
import type { ActionRule, Handler, Origin, RejectionCode } from '../../handler.ts';
import { addPublisher, collides, readPublisher } from './state.ts';

export const applyRegister: Handler<PublisherRegisterOperation> = (draft, origin, { request }) =>
  register(draft, origin, request, false);

/** By a vote of the members, whatever it looks like. */
export const registerByVote: ActionRule<PublisherRegisterAction> = (draft, origin, { request }) =>
  register(draft, origin, request, true);

function register(
  draft: Draft,
  { time, height }: Origin,
  request: PublisherRequest,
  byVote: boolean,
): RejectionCode | null {
  const { id, name, keys } = request.publisher;
  if (readPublisher(draft, id) !== undefined) return 'PUBLISHER_ID_USED';
  if (nameProblem(name) !== undefined) return 'NAME_REFUSED';
  if (!byVote && collides(draft, request.publisher)) return 'NAME_COLLIDES';
  if (!verifyPublisherRequest(request, verify).ok) return 'KEY_NOT_PROVEN';
  const added = addPublisher(draft, {
    id,
    name,
    keys: firstKeys(keys, time),
    approvals: 1,
    recovery: null,
    vouches: [],
    since: height,
    bindings: [],
  });
  return added ? null : 'KEY_TAKEN';
}
