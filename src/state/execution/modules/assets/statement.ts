/**
 * Statements on assets. A publisher may say anything about any asset at any time, TRUSTED after
 * UNTRUSTED too; its newest statement is its current one. Saying the same again, also within one
 * transaction, is one more statement: in order, none replaces another in the lists.
 */
import { encode } from '../../../../common/codec/index.ts';
import type { StatementOperation } from '../../../../ledger/operations.ts';
import { stateKey } from '../../../../ledger/state-keys.ts';
import { statementSchema } from '../../../../ledger/state-values.ts';
import type { Handler } from '../../handler.ts';

export const applyStatement: Handler<StatementOperation> = (draft, origin, operation) => {
  const { sender, key, height, time, transaction, operation: position } = origin;
  const { op: _, ...statement } = operation;
  const item = encode(statementSchema, {
    version: 1,
    publisher: sender.id,
    key,
    height,
    time,
    transaction,
    operation: position,
    statement,
  });
  draft.append(stateKey.assetStatements(statement.asset), item);
  draft.append(stateKey.publisherActs(sender.id), item);
  draft.put(stateKey.assetStatement(statement.asset, sender.id), item);
  return null;
};
