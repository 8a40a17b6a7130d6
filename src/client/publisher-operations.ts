/** Proven operations on publishers in JSON, in the same form in which nodes show them. */
import { publicKeyToText } from '../common/signature.ts';
import { OPERATION, type Operation } from '../ledger/operations.ts';
import type { OperationView } from '../rpc/schema/views.ts';
import { hashText, timeText } from './views.ts';

const timeOrNull = (time: number | null): string | null => (time === null ? null : timeText(time));

/** Undefined where it is none of these. */
export function publisherOperationView(operation: Operation): OperationView | undefined {
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
    default:
      return undefined;
  }
}
