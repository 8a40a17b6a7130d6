/** Operations on publishers in JSON: nodes show them so, and who proves one tells it so. */
import { publicKeyToText } from '../common/signature.ts';
import { BINDING, type BindingClaim, bindingId } from './bindings.ts';
import { schemeName } from './detached.ts';
import { OPERATION, type Operation } from './operations.ts';
import { hashText, timeOrNull, timeText } from './text.ts';
import { senderOf } from './transaction.ts';

/** Undefined where it is none of these. */
export function publisherOperationView(operation: Operation) {
  switch (operation.op) {
    case OPERATION.PUBLISHER_REGISTER: {
      const { id, name, keys } = operation.request.publisher;
      return { op: 'publisher.register', id, name, keys: keys.map(publicKeyToText) };
    }
    case OPERATION.VOUCH: {
      const { publisher, until } = operation;
      return { op: 'publisher.vouch', publisher, until: timeOrNull(until) };
    }
    case OPERATION.UNVOUCH:
      return { op: 'publisher.unvouch', publisher: operation.publisher };
    case OPERATION.KEY_ADD: {
      const { key, label, validFrom, validUntil, scope } = operation;
      return {
        op: 'publisher.key.add',
        key: publicKeyToText(key),
        label,
        validFrom: timeOrNull(validFrom),
        validUntil: timeOrNull(validUntil),
        names: [...scope.names],
        kinds: [...scope.kinds],
      };
    }
    case OPERATION.KEY_REVOKE:
      return { op: 'publisher.key.revoke', key: publicKeyToText(operation.key) };
    case OPERATION.KEY_COMPROMISED: {
      const { key, since } = operation;
      const fields = { key: publicKeyToText(key), since: timeText(since) };
      return { op: 'publisher.key.compromised', ...fields };
    }
    case OPERATION.PUBLISHER_SET: {
      const { approvals, recovery } = operation;
      return { op: 'publisher.set', approvals, recovery: recovery && hashText(recovery) };
    }
    case OPERATION.PUBLISHER_BIND:
      return { op: 'publisher.bind', binding: claimView(operation.claim) };
    case OPERATION.PUBLISHER_UNBIND:
      return { op: 'publisher.unbind', binding: hashText(operation.binding) };
    case OPERATION.DOMAIN_ATTEST: {
      const { publisher, domain, until } = operation;
      return { op: 'publisher.domain.attest', publisher, domain, until: timeText(until) };
    }
    case OPERATION.DOMAIN_UNATTEST: {
      const { publisher, domain } = operation;
      return { op: 'publisher.domain.unattest', publisher, domain };
    }
    default:
      return undefined;
  }
}

/** Which publisher such an operation is about. */
export function publisherOf(operation: Operation, sender: string): string {
  switch (operation.op) {
    case OPERATION.PUBLISHER_REGISTER:
      return operation.request.publisher.id;
    case OPERATION.VOUCH:
    case OPERATION.UNVOUCH:
    case OPERATION.DOMAIN_ATTEST:
    case OPERATION.DOMAIN_UNATTEST:
      return operation.publisher;
    default:
      return senderOf(sender).id;
  }
}

/** What a key, a certificate, a domain or a link is bound as; keys and proofs stand in state. */
export function claimView(claim: BindingClaim) {
  const id = hashText(bindingId(claim));
  switch (claim.kind) {
    case BINDING.DOMAIN:
      return { kind: 'domain', id, domain: claim.domain, link: null } as const;
    case BINDING.LINK:
      return { kind: 'link', id, domain: null, link: claim.link } as const;
    default:
      return { kind: schemeName(claim.kind), id, domain: null, link: null } as const;
  }
}
