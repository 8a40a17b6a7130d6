/** Whom a publisher's name or id looks like, as the ledger compares them. */
import { askEntries } from '../../client/state.ts';
import { fromUtf8 } from '../../common/bytes.ts';
import { publisherLikenesses } from '../../ledger/names/names.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import type { Session } from '../session.ts';

/** Ids of other publishers that have a name or id like one of these, proven. */
export async function alikeTo(
  { client, proof }: Pick<Session, 'client' | 'proof'>,
  publisher: { readonly id: string; readonly name: string },
): Promise<readonly string[]> {
  const keys = publisherLikenesses(publisher).map(stateKey.likeness);
  const { view } = await askEntries(client, keys, proof);
  const owners = keys.flatMap((key) => {
    const value = view.get(key);
    return value ? (fromUtf8(value) ?? []) : [];
  });
  return [...new Set(owners)].filter((id) => id !== publisher.id);
}
