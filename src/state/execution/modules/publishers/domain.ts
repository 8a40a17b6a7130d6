/** A member's word on a publisher's domain: given, renewed, and withdrawn. */
import {
  ATTESTATION_MS_MAX,
  type DomainBinding,
  isDomainBinding,
} from '../../../../ledger/bindings.ts';
import type {
  DomainAttestOperation,
  DomainUnattestOperation,
} from '../../../../ledger/operations.ts';
import type { PublisherState } from '../../../../ledger/state-values.ts';
import type { Draft } from '../../draft.ts';
import type { Handler } from '../../handler.ts';
import { isOwn, readPublisher, writePublisher } from './state.ts';

export const applyDomainAttest: Handler<DomainAttestOperation> = (draft, origin, operation) => {
  const { sender, time: from } = origin;
  const { until } = operation;
  const publisher = readPublisher(draft, operation.publisher);
  if (publisher === undefined) return 'PUBLISHER_UNKNOWN';
  const bound = domainOf(publisher, operation.domain);
  if (bound === undefined) return 'BINDING_UNKNOWN';
  if (isOwn(draft, publisher, sender.id)) return 'VOUCH_SELF';
  if (until <= from || until > from + ATTESTATION_MS_MAX) return 'TIME_INVALID';
  // A member counts once, whatever it repeats.
  const others = bound.attestations.filter(({ member }) => member !== sender.id);
  const attestations = [...others, { member: sender.id, from, until }];
  replace(draft, publisher, { ...bound, attestations });
  return null;
};

export const applyDomainUnattest: Handler<DomainUnattestOperation> = (
  draft,
  { sender },
  operation,
) => {
  const publisher = readPublisher(draft, operation.publisher);
  if (publisher === undefined) return 'PUBLISHER_UNKNOWN';
  const bound = domainOf(publisher, operation.domain);
  if (bound === undefined) return 'BINDING_UNKNOWN';
  const attestations = bound.attestations.filter(({ member }) => member !== sender.id);
  if (attestations.length === bound.attestations.length) return 'ATTESTATION_MISSING';
  replace(draft, publisher, { ...bound, attestations });
  return null;
};

function domainOf({ bindings }: PublisherState, domain: string): DomainBinding | undefined {
  return bindings.filter(isDomainBinding).find((each) => each.domain === domain);
}

function replace(draft: Draft, publisher: PublisherState, changed: DomainBinding): void {
  const bindings = publisher.bindings.map((each) =>
    isDomainBinding(each) && each.domain === changed.domain ? changed : each,
  );
  writePublisher(draft, { ...publisher, bindings });
}
