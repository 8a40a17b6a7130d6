/** Publishers in state. They come from the genesis, vouched for by all of its members. */
import { utf8 } from '../../../../common/bytes.ts';
import { encode } from '../../../../common/codec/index.ts';
import { stateKey } from '../../../../ledger/state-keys.ts';
import { type PublisherState, publisherStateSchema } from '../../../../ledger/state-values.ts';
import type { Draft, StateBase } from '../../draft.ts';
import { claimKey } from '../../key-owners.ts';
import { readStored } from '../../stored.ts';
import { readActiveMember } from '../members/state.ts';

export function readPublisher(
  state: Pick<StateBase, 'get'>,
  id: string,
): PublisherState | undefined {
  const value = state.get(stateKey.publisher(id));
  return value && readStored(publisherStateSchema, value, `publisher ${id}`);
}

/**
 * Adds a publisher with its keys; false where one of them is another publisher's. The items of the
 * list of publishers are their ids in UTF-8.
 */
export function addPublisher(draft: Draft, publisher: PublisherState): boolean {
  draft.put(stateKey.publisher(publisher.id), encode(publisherStateSchema, publisher));
  draft.append(stateKey.publishers, utf8(publisher.id));
  return publisher.keys.every(({ key }) =>
    claimKey(draft, key, { member: null, publisher: publisher.id }),
  );
}

/** The number of distinct active members that vouch for a publisher; 0 = registered only. */
export function publisherLevel(state: Pick<StateBase, 'get'>, publisher: PublisherState): number {
  return publisher.vouches.filter((member) => readActiveMember(state, member)).length;
}
