/** What `record put` says when a condition of its keys did not hold. */
import type { RecordPutOperation } from '../../ledger/operations.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../output.ts';

/** So many keys are still read; JSON has them all. */
const KEYS_SHOWN_MAX = 5;

/** `--if-absent` is revision 0. */
const ABSENT = 0;

/**
 * A rejection over a condition, told by the keys that can have caused it: the ledger's result names
 * no operation. Undefined for every other error.
 */
export function conditionError(
  error: unknown,
  operations: readonly RecordPutOperation[],
): CliError | undefined {
  if (!(error instanceof CliError)) return undefined;
  const { code } = error;
  if (code !== 'ALREADY_EXISTS' && code !== 'REVISION_MISMATCH') return undefined;
  const concerned = operations.filter(
    ({ ifRevision }) =>
      ifRevision !== null && (ifRevision === ABSENT) === (code === 'ALREADY_EXISTS'),
  );
  const [first] = concerned;
  if (first === undefined) return undefined;
  const { namespace } = first;
  const single = concerned.length === 1;
  const key = single ? shellWord(first.key) : 'KEY';
  return new CliError(code, `nothing is written: ${single ? fault(first) : faults(concerned)}`, {
    hint: [
      `see the current revision: ztc record get ${namespace} ${key} --json`,
      'then write on top of it: --if-revision N (in a file: "ifRevision": N)',
    ].join('\n'),
    details: {
      ...error.details,
      namespace,
      conditions: concerned.map((operation) => ({
        key: operation.key,
        ifRevision: operation.ifRevision,
      })),
    },
    exit: EXIT.REJECTED,
    cause: error,
  });
}

function fault({ namespace, key, ifRevision }: RecordPutOperation): string {
  const what = ifRevision === ABSENT ? 'exists already' : `is not at revision ${ifRevision}`;
  return `the key ${printable(key)} of ${namespace} ${what}`;
}

function faults(operations: readonly RecordPutOperation[]): string {
  const [{ namespace, ifRevision }] = operations as [RecordPutOperation];
  const absent = ifRevision === ABSENT;
  const what = absent ? 'exists already' : 'is not at its revision';
  const shown = operations
    .slice(0, KEYS_SHOWN_MAX)
    .map((each) => (absent ? printable(each.key) : `${printable(each.key)} (${each.ifRevision})`));
  const rest = operations.length - shown.length;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return `of these keys of ${namespace} at least one ${what}: ${shown.join(', ')}${more}`;
}

/** The text as one word of a POSIX shell. */
function shellWord(text: string): string {
  const shown = printable(text);
  return /^[\w.:/@+,-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`;
}
