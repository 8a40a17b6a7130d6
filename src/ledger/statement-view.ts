/** The fields of a statement in JSON: nodes show them so, and so does who proves one. */
import { schemeName } from './detached.ts';
import { type StatementOperation, statusName } from './operations.ts';
import { assetToText } from './primitives.ts';
import type { Opening } from './private-words.ts';
import { hashText } from './text.ts';

/**
 * The parts that a statement and the operation that makes it have in common. Of a detached
 * signature the bytes stand in the transaction and in the items of proofs.
 *
 * @param clear where they are private and were opened: the words themselves
 */
export function statementFieldsView(
  fields: Omit<StatementOperation, 'op'>,
  { name, version, size, attributes }: Omit<Opening, 'salt'> = fields,
) {
  const { asset, status, kind, reason, commitment, detached } = fields;
  return {
    asset: assetToText(asset),
    status: statusName(status),
    name,
    version,
    kind,
    size,
    attributes: Object.fromEntries(attributes.map((entry) => [entry.key, entry.value])),
    reason,
    commitment: commitment && hashText(commitment),
    detached: detached && {
      kind: schemeName(detached.scheme),
      size: detached.signature.length,
    },
  };
}
