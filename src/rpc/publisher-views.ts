/** Publishers in JSON, and what they are bound to; keys, certificates and proofs stand in state. */
import { publicKeyToText } from '../common/signature.ts';
import { type Binding, isDomainBinding, isKeyBinding } from '../ledger/bindings.ts';
import { claimView } from '../ledger/publisher-operations.ts';
import { vouchersAt } from '../ledger/publishers.ts';
import type { JudgedPublisher } from '../ledger/verdict.ts';
import type { BindingView } from './schema/bindings.ts';
import type { PublisherView } from './schema/views.ts';
import { timeOrNull, timeText } from './views.ts';

/** @param time the ledger time, in ms, of `judged` */
export function publisherView(judged: JudgedPublisher, time: number): PublisherView {
  const { publisher, active } = judged;
  const vouchers = vouchersAt(publisher.vouches, active, time);
  return {
    id: publisher.id,
    name: publisher.name,
    level: vouchers.length,
    vouchers: [...vouchers],
    keys: publisher.keys.map(({ key, label, validFrom, validUntil, compromisedSince, scope }) => ({
      key: publicKeyToText(key),
      label,
      validFrom: timeText(validFrom),
      validUntil: timeOrNull(validUntil),
      compromisedSince: timeOrNull(compromisedSince),
      names: [...scope.names],
      kinds: [...scope.kinds],
    })),
    approvals: publisher.approvals,
    recovery: publisher.recovery !== null,
    vouches: publisher.vouches.map(({ member, from, until }) => ({
      member,
      from: timeText(from),
      until: timeOrNull(until),
    })),
    since: publisher.since,
    bindings: publisher.bindings.map((binding) => bindingView(binding, judged)),
  };
}

function bindingView(binding: Binding, { domains }: JudgedPublisher): BindingView {
  const named = claimView(binding);
  const from = timeText(binding.from);
  if (!isDomainBinding(binding)) {
    const until = isKeyBinding(binding) ? timeOrNull(binding.until) : null;
    return { ...named, from, until, attestations: [], counts: null };
  }
  const attestations = binding.attestations.map((each) => ({
    member: each.member,
    from: timeText(each.from),
    until: timeText(each.until),
  }));
  const counts = domains.includes(binding.domain);
  return { ...named, from, until: null, attestations, counts };
}
