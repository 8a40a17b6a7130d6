/**
 * A transaction that waits for signatures, as a file: it is written where the ledger is reached,
 * signed where keys are kept, by one after the other or by several side by side, and sent from
 * anywhere. A vote's file has the transaction that made the proposal, whose id the vote names, so
 * that who signs offline sees what is voted on. Pure.
 */
import { equalBytes } from '../common/bytes.ts';
import { nullable, type TypeOf, tuple } from '../common/codec/index.ts';
import { failure, type Result, success } from '../common/result.ts';
import type { Verify } from '../common/signature.ts';
import { formatDocument, parseDocument } from './document.ts';
import { OPERATION } from './operations.ts';
import {
  joinSignatures,
  type Transaction,
  transactionId,
  transactionSchema,
} from './transaction.ts';

export const TRANSACTION_FILE_SCHEMA = 'ztc.transaction/v1';

const fileSchema = tuple({
  transaction: transactionSchema,
  /** What made the proposal that it votes on. */
  proposed: nullable(transactionSchema),
});
export type TransactionFile = TypeOf<typeof fileSchema>;

export type TransactionFileCode = 'TRANSACTION_FILE' | 'TRANSACTION_SIGNATURE';

export function formatTransactionFile(file: TransactionFile): string {
  return formatDocument(TRANSACTION_FILE_SCHEMA, fileSchema, file);
}

/** Reads such a file, with the signatures that it has so far checked. */
export function parseTransactionFile(
  content: string,
  verify: Verify,
): Result<TransactionFile, TransactionFileCode> {
  const read = parseDocument(content, {
    name: TRANSACTION_FILE_SCHEMA,
    schema: fileSchema,
    code: 'TRANSACTION_FILE',
  });
  if (!read.ok) return read;
  const { transaction, proposed } = read.value;
  const id = transactionId(transaction);
  const forged = transaction.signatures.some(({ key, signature }) => !verify(signature, id, key));
  if (forged) return failure('TRANSACTION_SIGNATURE', 'a signature is not good: was it changed?');
  return isWhatIsVotedOn(transaction, proposed)
    ? read
    : failure('TRANSACTION_FILE', 'it votes on something else than what it shows');
}

/** Whether every vote is on what is shown; a transaction without votes shows nothing. */
function isWhatIsVotedOn({ operations }: Transaction, proposed: Transaction | null): boolean {
  const votes = operations.flatMap((each) => (each.op === OPERATION.VOTE ? [each] : []));
  if (proposed === null) return votes.length === 0;
  const id = transactionId(proposed);
  return votes.length > 0 && votes.every(({ transaction }) => equalBytes(transaction, id));
}

/** The same transaction with the signatures of all files. */
export function mergeTransactionFiles(
  files: readonly [TransactionFile, ...TransactionFile[]],
): Result<TransactionFile, 'TRANSACTION_FILE'> {
  const [first] = files;
  const id = transactionId(first.transaction);
  const signatures = new Map<string, Transaction['signatures'][number]>();
  for (const { transaction } of files) {
    if (!equalBytes(transactionId(transaction), id)) {
      return failure('TRANSACTION_FILE', 'they hold different transactions');
    }
    for (const each of transaction.signatures) signatures.set(each.key.join(), each);
  }
  const { transaction } = joinSignatures(first.transaction, [...signatures.values()]);
  return success({ ...first, transaction });
}
