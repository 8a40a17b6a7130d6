/** What `record put` writes: `KEY=VALUE`, `KEY=@FILE`, or a file of operations. */
import { readFile } from 'node:fs/promises';
import { fromBase64url, utf8 } from '../../common/bytes.ts';
import {
  NAMESPACE_PATTERN,
  OPERATION,
  RECORD_VALUE_BYTES_MAX,
  type RecordPutOperation,
  recordPutOperation,
} from '../../ledger/operations.ts';
import { writable } from '../check.ts';
import { CliError, usageError } from '../errors.ts';
import { readText } from '../home/files.ts';

/** How the commands that read name a record. */
export const RECORD_POSITIONALS = {
  namespace: { describe: 'PUBLISHER/NAME', type: 'string', demandOption: true },
  key: { describe: 'the key', type: 'string', demandOption: true },
} as const;

/** The publisher whose namespace it is. @throws CliError USAGE */
export function publisherOfNamespace(namespace: string): string {
  if (!NAMESPACE_PATTERN.test(namespace)) {
    throw usageError(`${namespace} is no namespace: PUBLISHER/NAME, of a-z, 0-9, ".", "_" and "-"`);
  }
  return namespace.slice(0, namespace.indexOf('/'));
}

/** The condition that all keys share. @throws CliError USAGE */
export function conditionOf(
  ifAbsent: boolean | undefined,
  ifRevision: number | undefined,
): number | null {
  if (ifAbsent === true && ifRevision !== undefined) {
    throw usageError('--if-absent and --if-revision exclude each other');
  }
  if (ifAbsent === true) return 0;
  if (ifRevision === undefined) return null;
  if (Number.isSafeInteger(ifRevision) && ifRevision >= 0) return ifRevision;
  throw usageError('--if-revision takes an integer from 0 on (0: the key is absent)');
}

/** Reads `KEY=VALUE` and `KEY=@FILE`; a value that starts with `@` is written `@@…`. */
export function parsePairs(
  namespace: string,
  pairs: readonly string[],
  ifRevision: number | null,
): Promise<readonly RecordPutOperation[]> {
  return Promise.all(
    pairs.map(async (pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw usageError(`${pair} is not KEY=VALUE`);
      const [key, value] = [pair.slice(0, at), pair.slice(at + 1)];
      return put(namespace, key, await bytesOfValue(value), ifRevision);
    }),
  );
}

async function bytesOfValue(text: string): Promise<Uint8Array> {
  if (!text.startsWith('@')) return utf8(text);
  return text.startsWith('@@') ? utf8(text.slice(1)) : readValue(text.slice(1));
}

async function readValue(file: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    const reason = (error as Error).message;
    throw new CliError('INPUT_UNREADABLE', `can't read ${file}: ${reason}`, { cause: error });
  }
}

function put(
  namespace: string,
  key: string,
  value: Uint8Array,
  ifRevision: number | null,
): RecordPutOperation {
  if (value.length > RECORD_VALUE_BYTES_MAX) {
    throw usageError(
      `the value of ${key} has ${value.length} bytes, allowed are ${RECORD_VALUE_BYTES_MAX}`,
      'notarize the document, and record its digest',
    );
  }
  const operation = { op: OPERATION.RECORD_PUT, namespace, key, value, ifRevision };
  return writable(recordPutOperation, operation, key);
}

const ENTRY_MEMBERS = ['key', 'value', 'valueBase64url', 'valueFile', 'ifAbsent', 'ifRevision'];

/**
 * Reads a file of operations: an array of `{key, value | valueBase64url | valueFile, ifAbsent? |
 * ifRevision?}`, each with its own condition.
 *
 * @throws CliError USAGE, INPUT_UNREADABLE
 */
export async function readEntries(
  namespace: string,
  file: string,
): Promise<readonly RecordPutOperation[]> {
  let document: unknown;
  try {
    document = JSON.parse(await readText(file));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw usageError(`${file} is no JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(document) || document.length === 0) {
    throw usageError(`${file} is no array of operations: [{"key": "a", "value": "1"}, …]`);
  }
  return Promise.all(document.map((entry, i) => readEntry(namespace, entry, `${file}[${i}]`)));
}

async function readEntry(
  namespace: string,
  entry: unknown,
  where: string,
): Promise<RecordPutOperation> {
  const members = Object(entry) as { readonly [name: string]: unknown };
  const unknown = Object.keys(members).find((name) => !ENTRY_MEMBERS.includes(name));
  if (unknown !== undefined) throw usageError(`${where} has an unknown member: ${unknown}`);
  const { key, ifAbsent, ifRevision } = members;
  if (typeof key !== 'string') throw usageError(`${where} has no key`);
  if (ifAbsent !== undefined && typeof ifAbsent !== 'boolean') {
    throw usageError(`${where}: ifAbsent is true or false`);
  }
  if (ifRevision !== undefined && typeof ifRevision !== 'number') {
    throw usageError(`${where}: ifRevision is an integer`);
  }
  const value = await entryValue(members, where);
  return put(namespace, key, value, conditionOf(ifAbsent, ifRevision));
}

async function entryValue(
  { value, valueBase64url, valueFile }: { readonly [name: string]: unknown },
  where: string,
): Promise<Uint8Array> {
  const given = [value, valueBase64url, valueFile].filter((each) => each !== undefined);
  if (given.length === 1) {
    if (typeof value === 'string') return utf8(value);
    if (typeof valueFile === 'string') return readValue(valueFile);
    const bytes = typeof valueBase64url === 'string' ? fromBase64url(valueBase64url) : undefined;
    if (bytes !== undefined) return bytes;
  }
  throw usageError(`${where} needs one of value, valueBase64url and valueFile, as a string`);
}
