/**
 * Statements on assets. A publisher may say anything about any asset at any time, TRUSTED after
 * UNTRUSTED too; its newest statement is its current one. Saying the same again, also within one
 * transaction, is one more statement: in order, none replaces another in the lists.
 */
import { EMPTY_BYTES, equalBytes } from '../../../../common/bytes.ts';
import type { StatementOperation } from '../../../../ledger/operations.ts';
import { isMixed } from '../../../../ledger/private-words.ts';
import { fitsScope } from '../../../../ledger/publishers.ts';
import { stateKey } from '../../../../ledger/state-keys.ts';
import { type PublisherState, statementSchema } from '../../../../ledger/state-values.ts';
import type { Draft } from '../../draft.ts';
import type { Handler } from '../../handler.ts';
import { speaking } from '../publishers/state.ts';

export const applyStatement: Handler<StatementOperation> = (draft, origin, statement) => {
  const { sender, key, height, time, transaction, operation } = origin;
  const publisher = speaking(draft, origin);
  if (typeof publisher === 'string') return publisher;
  if (isMixed(statement)) return 'PRIVATE_AND_PUBLIC';
  if (!isInScope(publisher, origin.signers, statement)) return 'OUT_OF_SCOPE';
  const item = draft.encode(statementSchema, {
    version: 1,
    publisher: sender.id,
    key,
    height,
    time,
    transaction,
    operation,
    // Of what is called something private nobody knows.
    first: statement.commitment === null && isFirst(draft, sender.id, statement.name),
    statement,
  });
  const ofAsset = stateKey.assetStatements(statement.asset);
  draft.append(ofAsset, item);
  draft.append(stateKey.publisherActs(sender.id), item);
  draft.put(stateKey.statementBeside(ofAsset, sender.id), item);
  return null;
};

/** Whether the publisher never said anything about this name before; now it has. */
function isFirst(draft: Draft, publisher: string, name: string): boolean {
  const key = stateKey.product(publisher, name);
  if (draft.get(key) !== undefined) return false;
  draft.put(key, EMPTY_BYTES);
  return true;
}

/** Whether each key that signed may state this. */
function isInScope(
  { keys }: PublisherState,
  signers: readonly Uint8Array[],
  what: { readonly name: string; readonly kind: string },
): boolean {
  return signers.every((signer) =>
    keys.some(({ key, scope }) => equalBytes(key, signer) && fitsScope(scope, what)),
  );
}
