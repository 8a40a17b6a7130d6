/** Who a transaction speaks for, and which keys may sign for it. */
import { equalBytes, keyText } from '../../common/bytes.ts';
import { sha256 } from '../../common/hash.ts';
import { isKeyValidAt, type KeySpan } from '../../ledger/publishers.ts';
import { stateKey } from '../../ledger/state-keys.ts';
import { senderOf } from '../../ledger/transaction.ts';
import type { Reading } from './draft.ts';
import { readActiveMember } from './modules/members/state.ts';
import { readPublisher } from './modules/publishers/state.ts';

/** Who may sign for a known sender. */
export interface SenderKeys {
  /** By the key as text (`keyText`), and when each counts. */
  readonly keys: ReadonlyMap<string, KeySpan>;
  /** Of a recovery key only the hash is known. */
  readonly recovery?: Uint8Array;
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
      return publisher.recovery ? { keys: new Map(), recovery: publisher.recovery } : undefined;
    }
    const keys = new Map(publisher.keys.map((entry) => [keyText(entry.key), entry]));
    return { keys };
  }
  const member = readActiveMember(state, id)?.member;
  const own = kind === 'member' ? member?.memberKey : member?.validatorKey;
  return own ? { keys: new Map([[keyText(own), ALWAYS]]) } : undefined;
}

/** The key of the entry in state that says who may sign for a sender. */
export function senderEntry(text: string): string {
  const { kind, id } = senderOf(text);
  const isOfPublisher = kind === 'publisher' || kind === 'recovery';
  return isOfPublisher ? stateKey.publisher(id) : stateKey.member(id);
}

/** Whether `signers` may together sign for a sender at the ledger time `time`. */
export function maySign(
  { keys, recovery }: SenderKeys,
  signers: readonly Uint8Array[],
  time: number,
): boolean {
  if (recovery !== undefined) {
    const [first] = signers;
    return first !== undefined && signers.length === 1 && equalBytes(sha256(first), recovery);
  }
  return signers.length > 0 && signers.every((key) => isOneOf(keys, key, time));
}

function isOneOf(keys: SenderKeys['keys'], key: Uint8Array, time: number): boolean {
  const span = keys.get(keyText(key));
  return span !== undefined && isKeyValidAt(span, time);
}
