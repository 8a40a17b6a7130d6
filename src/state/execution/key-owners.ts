/** Whose a key is. A key belongs to at most one member and at most one publisher, for good. */
import { encode } from '../../common/codec/index.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import { type KeyOwner, keyOwnerSchema } from '../../ledger/state-values.ts';
import type { Draft, Reading } from './draft.ts';
import { readStored } from './stored.ts';

const NOBODY: KeyOwner = { member: null, publisher: null };

export function readKeyOwner(state: Reading, key: Uint8Array): KeyOwner {
  const value = state.get(stateKey.keyOwner(key));
  return value === undefined ? NOBODY : readStored(keyOwnerSchema, value, 'a key owner');
}

/** Writes down that `key` is `owner`'s; false, and nothing written, where another has it. */
export function claimKey(draft: Draft, key: Uint8Array, owner: KeyOwner): boolean {
  const present = readKeyOwner(draft, key);
  const member = owner.member ?? present.member;
  const publisher = owner.publisher ?? present.publisher;
  if (present.member !== null && present.member !== member) return false;
  if (present.publisher !== null && present.publisher !== publisher) return false;
  draft.put(stateKey.keyOwner(key), encode(keyOwnerSchema, { member, publisher }));
  return true;
}
