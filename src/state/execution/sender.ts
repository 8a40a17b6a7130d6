/** Who a transaction speaks for, and which keys may sign for it. */
import { toHex } from '../../common/bytes.ts';
import type { PublisherKey } from '../../ledger/state-values.ts';
import type { StateBase } from './draft.ts';
import { readMember } from './modules/members/state.ts';
import { readPublisher } from './modules/publishers/state.ts';

const MEMBER_PREFIX = 'member:';

export interface Sender {
  readonly kind: 'member' | 'publisher';
  readonly id: string;
}

/** Reads a transaction's `sender`, whose form the codec has checked. */
export function senderOf(text: string): Sender {
  return text.startsWith(MEMBER_PREFIX)
    ? { kind: 'member', id: text.slice(MEMBER_PREFIX.length) }
    : { kind: 'publisher', id: text };
}

/** A known sender's keys, by the hexadecimal of the key, and when each counts. */
export type SenderKeys = ReadonlyMap<string, Pick<PublisherKey, KeySpan>>;
type KeySpan = 'validFrom' | 'validUntil' | 'compromisedSince';

/** A member key counts as long as its member is active. */
const ALWAYS = { validFrom: 0, validUntil: null, compromisedSince: null } as const;

/** The keys of a sender in `state`; undefined where no such sender is known. */
export function senderKeys(state: StateBase, text: string): SenderKeys | undefined {
  const sender = senderOf(text);
  if (sender.kind === 'publisher') {
    const publisher = readPublisher(state, sender.id);
    return publisher && new Map(publisher.keys.map((entry) => [toHex(entry.key), entry]));
  }
  const member = readMember(state, sender.id);
  return member?.active ? new Map([[toHex(member.member.memberKey), ALWAYS]]) : undefined;
}

/** Whether `key` is one of `keys` and may sign at the ledger time `time`. */
export function isActiveKey(keys: SenderKeys, key: Uint8Array, time: number): boolean {
  const span = keys.get(toHex(key));
  if (span === undefined || time < span.validFrom) return false;
  if (span.validUntil !== null && time > span.validUntil) return false;
  return span.compromisedSince === null || time < span.compromisedSince;
}
