/**
 * Publishers in state. They come from the genesis, vouched for by all of its members, and from
 * members that register them (`register.ts`).
 */
import { utf8 } from '../../../../common/bytes.ts';
import { encode } from '../../../../common/codec/index.ts';
import { publisherLikenesses } from '../../../../ledger/names/names.ts';
import { levelAt } from '../../../../ledger/publishers.ts';
import { stateKey } from '../../../../ledger/state-keys.ts';
import { type PublisherState, publisherStateSchema } from '../../../../ledger/state-values.ts';
import type { Draft, Reading } from '../../draft.ts';
import type { Origin } from '../../handler.ts';
import { claimKey, readKeyOwner } from '../../key-owners.ts';
import { readStored } from '../../stored.ts';
import { readActiveMembers } from '../members/state.ts';

/** Every statement asks for its publisher, and a decoding costs more than the statement. */
const decoded = new WeakMap<Uint8Array, PublisherState>();

export function readPublisher(state: Reading, id: string): PublisherState | undefined {
  const value = state.get(stateKey.publisher(id));
  if (value === undefined) return undefined;
  const known = decoded.get(value);
  if (known !== undefined) return known;
  const publisher = readStored(publisherStateSchema, value, `publisher ${id}`);
  decoded.set(value, publisher);
  return publisher;
}

/**
 * Adds a publisher with its keys; false where one of them is another publisher's. The items of the
 * list of publishers are their ids in UTF-8.
 */
export function addPublisher(draft: Draft, publisher: PublisherState): boolean {
  writePublisher(draft, publisher);
  for (const likeness of publisherLikenesses(publisher)) {
    const key = stateKey.likeness(likeness);
    // A name that the members let look like another's takes nothing from that one.
    if (draft.get(key) === undefined) draft.put(key, utf8(publisher.id));
  }
  draft.append(stateKey.publishers, utf8(publisher.id));
  return publisher.keys.every(({ key }) =>
    claimKey(draft, key, { member: null, publisher: publisher.id }),
  );
}

/** Whether another publisher has, or had, a name or id that looks like one of these. */
export function collides(state: Reading, named: Pick<PublisherState, 'id' | 'name'>): boolean {
  const taken = (likeness: string) => state.get(stateKey.likeness(likeness)) !== undefined;
  return publisherLikenesses(named).some(taken);
}

export function writePublisher(draft: Draft, publisher: PublisherState): void {
  draft.put(stateKey.publisher(publisher.id), encode(publisherStateSchema, publisher));
}

/** The number of distinct active members that vouch at a ledger time; 0 = registered only. */
export function publisherLevel(state: Reading, { vouches }: PublisherState, time: number): number {
  return levelAt(vouches, readActiveMembers(state), time);
}

/** Whether a publisher has the member's own name, or a key of its own. */
export function isOwn(draft: Draft, { id, keys }: PublisherState, member: string): boolean {
  return id === member || keys.some(({ key }) => readKeyOwner(draft, key).member === member);
}

/**
 * The publisher that a transaction speaks for, where as many of its keys signed as it asks for; its
 * recovery key needs no other.
 */
export function speaking(
  draft: Reading,
  { sender, signers }: Pick<Origin, 'sender' | 'signers'>,
): PublisherState | 'UNAUTHORISED' | 'APPROVALS_MISSING' {
  const publisher = readPublisher(draft, sender.id);
  if (publisher === undefined) return 'UNAUTHORISED';
  const enough = sender.kind === 'recovery' || signers.length >= publisher.approvals;
  return enough ? publisher : 'APPROVALS_MISSING';
}
