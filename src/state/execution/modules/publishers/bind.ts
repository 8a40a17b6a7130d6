/**
 * A publisher's PGP keys, certificates, domains and links. Keys, certificates and their signatures
 * are data here: an execution that judged them would depend on libraries that change.
 */
import { equalBytes } from '../../../../common/bytes.ts';
import {
  BINDING,
  type Binding,
  type BindingClaim,
  bindingId,
  fitBindings,
  isKeyBinding,
} from '../../../../ledger/bindings.ts';
import type {
  PublisherBindOperation,
  PublisherUnbindOperation,
} from '../../../../ledger/operations.ts';
import type { Handler } from '../../handler.ts';
import { speaking, writePublisher } from './state.ts';

export const applyPublisherBind: Handler<PublisherBindOperation> = (draft, origin, { claim }) => {
  const publisher = speaking(draft, origin);
  if (typeof publisher === 'string') return publisher;
  const claimed = bindingId(claim);
  if (publisher.bindings.some((each) => isOpen(each, claimed))) return 'BINDING_EXISTS';
  const bindings = [...publisher.bindings, bindingOf(claim, origin.time)];
  if (!fitBindings(bindings)) return 'BINDINGS_FULL';
  writePublisher(draft, { ...publisher, bindings });
  return null;
};

export const applyPublisherUnbind: Handler<PublisherUnbindOperation> = (
  draft,
  origin,
  { binding: id },
) => {
  const publisher = speaking(draft, origin);
  if (typeof publisher === 'string') return publisher;
  if (!publisher.bindings.some((each) => isOpen(each, id))) return 'BINDING_UNKNOWN';
  const bindings = publisher.bindings.flatMap((each): Binding[] => {
    if (!isOpen(each, id)) return [each];
    return isKeyBinding(each) ? [{ ...each, until: origin.time }] : [];
  });
  writePublisher(draft, { ...publisher, bindings });
  return null;
};

function bindingOf(claim: BindingClaim, from: number): Binding {
  switch (claim.kind) {
    case BINDING.DOMAIN:
      return { ...claim, from, attestations: [] };
    case BINDING.LINK:
      return { ...claim, from };
    default:
      return { ...claim, from, until: null };
  }
}

/** Whether a binding has this id and didn't end. */
function isOpen(binding: Binding, id: Uint8Array): boolean {
  if (isKeyBinding(binding) && binding.until !== null) return false;
  return equalBytes(bindingId(binding), id);
}
