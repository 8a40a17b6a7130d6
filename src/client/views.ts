/** Proven values as JSON, in the same form in which nodes show them. */
import { fromHex, toBase64url } from '../common/bytes.ts';
import { publicKeyToText } from '../common/signature.ts';
import type { Opening } from '../ledger/private-words.ts';
import type { Revision, Statement } from '../ledger/state-values.ts';
import { statementFieldsView } from '../ledger/statement-view.ts';
import { hashText, timeText } from '../ledger/text.ts';
import { invalidity, type JudgedPublisher, levelThen } from '../ledger/verdict.ts';
import type { RecordView, StatementView as SaidView } from './answers.ts';

export type { RecordView };

/** A statement as it is on the ledger, and with private words where they were opened. */
export type StatementView = SaidView & {
  /** The words are private, and were opened; else where `commitment` is one, nobody can tell. */
  readonly opened: boolean;
};

export { hashText, timeText };

/** The other way; undefined where it is no hexadecimal. */
export function hashFromText(text: string): Uint8Array | undefined {
  return fromHex(text.replace(/^0x/, ''));
}

export function statementView(
  statement: Statement,
  judged: JudgedPublisher,
  opening?: Opening,
): StatementView {
  const { publisher, key, height, time, transaction, operation, first } = statement;
  const invalid = invalidity(statement, judged.publisher);
  return {
    publisher,
    key: publicKeyToText(key),
    ...statementFieldsView(statement.statement, opening),
    opened: opening !== undefined,
    height,
    time: timeText(time),
    transaction: hashText(transaction),
    operation,
    first,
    level: levelThen(statement, judged),
    valid: invalid === null,
    invalidity: invalid,
  };
}

export function recordView(revision: Revision): RecordView {
  const { namespace, key, height, time, transaction, operation, value } = revision;
  return {
    namespace,
    key,
    revision: revision.revision,
    value: toBase64url(value),
    height,
    time: timeText(time),
    transaction: hashText(transaction),
    operation,
  };
}
