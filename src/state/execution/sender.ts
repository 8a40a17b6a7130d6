/** Who a transaction speaks for, and which keys may sign for it. */
import { equalBytes } from '../../common/bytes.ts';
import { sha256 } from '../../common/hash.ts';
import { isKeyValidAt, type KeySpan } from '../../ledger/publishers.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import { senderOf } from '../../ledger/transaction.ts';
import type { Reading } from './draft.ts';
import { readActiveMember } from './modules/members/state.ts';
import { readPublisher } from './modules/publishers/state.ts';

/** Who may sign for a known sender. */
export interface SenderKeys {
  /** And when each counts. */
  readonly keys: readonly (KeySpan & Keyed)[];
  /** Of a recovery key only the hash is known. */
  readonly recovery?: Uint8Array;
}

/** A key, or what is of one. */
interface Keyed {
  readonly key: Uint8Array;
}

/** A member's keys count as long as it is active. */
const ALWAYS: KeySpan = { validFrom: 0, validUntil: null, compromisedSince: null };

/**
 * Who may sign for a sender in `state`; undefined where no such sender is known. For a publisher
 * its keys, or its recovery key; for a member its member key; for a validator the key in its
 * member's entry.
 */
export function senderKeys(state: Reading, text: string): SenderKeys | undefined {
  const { kind, id } = senderOf(text);
  if (kind === 'publisher' || kind === 'recovery') {
    const publisher = readPublisher(state, id);
    if (publisher === undefined) return undefined;
    if (kind === 'recovery') {
      return publisher.recovery ? { keys: [], recovery: publisher.recovery } : undefined;
    }
    return { keys: publisher.keys };
  }
  const member = readActiveMember(state, id)?.member;
  const own = kind === 'member' ? member?.memberKey : member?.validatorKey;
  return own ? { keys: [{ ...ALWAYS, key: own }] } : undefined;
}

/** The key of the entry in state that says who may sign for a sender. */
export function senderEntry(text: string): string {
  const { kind, id } = senderOf(text);
  const isOfPublisher = kind === 'publisher' || kind === 'recovery';
  return isOfPublisher ? stateKey.publisher(id) : stateKey.member(id);
}

/** Whether those who signed may together sign for a sender at the ledger time `time`. */
export function maySign(
  { keys, recovery }: SenderKeys,
  signatures: readonly Keyed[],
  time: number,
): boolean {
  const [first] = signatures;
  if (first === undefined) return false;
  if (recovery !== undefined) {
    return signatures.length === 1 && equalBytes(sha256(first.key), recovery);
  }
  return signatures.every(({ key }) => {
    const own = keys.find((each) => equalBytes(each.key, key));
    return own !== undefined && isKeyValidAt(own, time);
  });
}
