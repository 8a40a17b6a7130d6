/** A member's word on a publisher: given, renewed, and withdrawn. Earlier ones stay readable. */
import type { UnvouchOperation, VouchOperation } from '../../../../ledger/operations.ts';
import { isVouchedAt, VOUCHES_PER_MEMBER_MAX, type Vouch } from '../../../../ledger/publishers.ts';
import type { Handler } from '../../handler.ts';
import { isOwn, readPublisher, writePublisher } from './state.ts';

export const applyVouch: Handler<VouchOperation> = (draft, origin, { publisher: id, until }) => {
  const { sender, time: from } = origin;
  const publisher = readPublisher(draft, id);
  if (publisher === undefined) return 'PUBLISHER_UNKNOWN';
  if (isOwn(draft, publisher, sender.id)) return 'VOUCH_SELF';
  if (until !== null && until <= from) return 'TIME_INVALID';
  const ended = endedAt(publisher.vouches, sender.id, from);
  const vouches = bounded([...ended, { member: sender.id, from, until }], sender.id);
  writePublisher(draft, { ...publisher, vouches });
  return null;
};

export const applyUnvouch: Handler<UnvouchOperation> = (draft, origin, { publisher: id }) => {
  const { sender, time } = origin;
  const publisher = readPublisher(draft, id);
  if (publisher === undefined) return 'PUBLISHER_UNKNOWN';
  const stands = publisher.vouches.some(
    (vouch) => vouch.member === sender.id && isVouchedAt(vouch, time),
  );
  if (!stands) return 'VOUCH_MISSING';
  writePublisher(draft, { ...publisher, vouches: endedAt(publisher.vouches, sender.id, time) });
  return null;
};

/** What `member` vouched for until later than `time` ends there. */
function endedAt(vouches: readonly Vouch[], member: string, time: number): Vouch[] {
  return vouches.map((vouch) =>
    vouch.member === member && isVouchedAt(vouch, time) ? { ...vouch, until: time } : vouch,
  );
}

function bounded(vouches: readonly Vouch[], member: string): readonly Vouch[] {
  const own = vouches.filter((vouch) => vouch.member === member);
  const oldest = own.slice(0, Math.max(0, own.length - VOUCHES_PER_MEMBER_MAX));
  return vouches.filter((vouch) => !oldest.includes(vouch));
}
