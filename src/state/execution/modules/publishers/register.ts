/** Registering a publisher, by any member. Its keys have signed the request; its level is 0. */
import { verify } from '../../../../common/signature.ts';
import type { PublisherRegisterOperation } from '../../../../ledger/operations.ts';
import { ANY_SCOPE } from '../../../../ledger/publishers.ts';
import { verifyPublisherRequest } from '../../../../ledger/requests.ts';
import type { Handler } from '../../handler.ts';
import { addPublisher, readPublisher } from './state.ts';

export const applyRegister: Handler<PublisherRegisterOperation> = (draft, origin, { request }) => {
  const { id, name, keys } = request.publisher;
  if (readPublisher(draft, id) !== undefined) return 'PUBLISHER_ID_USED';
  if (!verifyPublisherRequest(request, verify).ok) return 'KEY_NOT_PROVEN';
  const spans = keys.map((key) => ({
    key,
    label: '',
    validFrom: origin.time,
    validUntil: null,
    compromisedSince: null,
    scope: ANY_SCOPE,
  }));
  const added = addPublisher(draft, {
    id,
    name,
    keys: spans,
    approvals: 1,
    recovery: null,
    vouches: [],
    since: origin.height,
  });
  return added ? null : 'KEY_TAKEN';
};
