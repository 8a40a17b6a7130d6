/**
 * A publisher's keys: more of them, none from now on, and none since a time in the past. A thief
 * who has a key can do what the key can; the past is only for the recovery key and the members.
 */
import { equalBytes } from '../../../../common/bytes.ts';
import { verify } from '../../../../common/signature.ts';
import type { KeyCompromisedAction } from '../../../../ledger/governance.ts';
import type {
  KeyAddOperation,
  KeyCompromisedOperation,
  KeyRevokeOperation,
} from '../../../../ledger/operations.ts';
import { isKeyValidAt, keyProofHash, type PublisherKey } from '../../../../ledger/publishers.ts';
import { PUBLISHER_KEYS_MAX, type PublisherState } from '../../../../ledger/state-values.ts';
import type { Draft } from '../../draft.ts';
import type { ActionRule, Handler, RejectionCode } from '../../handler.ts';
import { claimKey, readKeyOwner } from '../../key-owners.ts';
import { readPublisher, speaking, writePublisher } from './state.ts';

export const applyKeyAdd: Handler<KeyAddOperation> = (draft, origin, operation) => {
  const publisher = speaking(draft, origin);
  if (typeof publisher === 'string') return publisher;
  const { key, label, validUntil, scope, proof } = operation;
  const validFrom = operation.validFrom ?? origin.time;
  // From now on at the earliest: nobody gets a key into the past.
  if (validFrom < origin.time || (validUntil !== null && validUntil < validFrom)) {
    return 'TIME_INVALID';
  }
  if (publisher.keys.length >= PUBLISHER_KEYS_MAX) return 'KEYS_FULL';
  if (readKeyOwner(draft, key).publisher !== null) return 'KEY_TAKEN';
  if (!verify(proof, keyProofHash(publisher.id, key), key)) return 'KEY_NOT_PROVEN';
  claimKey(draft, key, { member: null, publisher: publisher.id });
  const added = { key, label, validFrom, validUntil, compromisedSince: null, scope };
  writePublisher(draft, { ...publisher, keys: [...publisher.keys, added] });
  return null;
};

export const applyKeyRevoke: Handler<KeyRevokeOperation> = (draft, origin, { key }) => {
  const publisher = speaking(draft, origin);
  if (typeof publisher === 'string') return publisher;
  const present = keyOf(publisher, key);
  if (present === undefined) return 'PUBLISHER_KEY_UNKNOWN';
  const { time } = origin;
  const isOver = present.validUntil !== null && present.validUntil <= time;
  if (isOver || (present.compromisedSince ?? time + 1) <= time) return 'KEY_NOT_VALID';
  return replace(draft, publisher, { ...present, validUntil: time });
};

export const applyKeyCompromised: Handler<KeyCompromisedOperation> = (
  draft,
  origin,
  { key, since },
) => compromise(draft, origin.time, { publisher: origin.sender.id, key, since });

/** By a vote of the members. */
export const declareCompromised: ActionRule<KeyCompromisedAction> = (draft, origin, action) =>
  compromise(draft, origin.time, action);

/** The time only ever moves to the past: what was found to be bad stays bad. */
function compromise(
  draft: Draft,
  now: number,
  { publisher: id, key, since }: Omit<KeyCompromisedAction, 'action'>,
): RejectionCode | null {
  const publisher = readPublisher(draft, id);
  if (publisher === undefined) return 'PUBLISHER_UNKNOWN';
  const present = keyOf(publisher, key);
  if (present === undefined) return 'PUBLISHER_KEY_UNKNOWN';
  if (since > now) return 'TIME_INVALID';
  if (present.compromisedSince !== null && present.compromisedSince <= since) {
    return 'KEY_NOT_VALID';
  }
  return replace(draft, publisher, { ...present, compromisedSince: since });
}

function keyOf({ keys }: PublisherState, key: Uint8Array): PublisherKey | undefined {
  return keys.find((each) => equalBytes(each.key, key));
}

function replace(draft: Draft, publisher: PublisherState, changed: PublisherKey): null {
  const keys = publisher.keys.map((each) => (equalBytes(each.key, changed.key) ? changed : each));
  writePublisher(draft, { ...publisher, keys });
  return null;
}

/** How many keys a publisher could sign with now. */
export function validKeys({ keys }: PublisherState, time: number): number {
  return keys.filter((key) => isKeyValidAt(key, time)).length;
}
