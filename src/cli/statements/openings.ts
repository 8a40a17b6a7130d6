/**
 * The openings of what was stated privately from this account, beside the trust file. They are
 * written before anything is sent: a receipt carries its own, but whose receipt could not be
 * fetched would have lost its words for good.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { toHex } from '../../common/bytes.ts';
import { fromJson, type TypeOf, text, toJson, tuple } from '../../common/codec/index.ts';
import type { AssetAnswer } from '../../ledger/authenticate.ts';
import type { StatementOperation } from '../../ledger/operations.ts';
import {
  type Committed,
  hiding,
  type Opening,
  openingSchema,
  SALT_BYTES,
} from '../../ledger/private-words.ts';
import type { Statement } from '../../ledger/state-values.ts';
import { CliError } from '../errors.ts';
import { OWNER_ONLY, OWNER_ONLY_DIR, readTextIfAny, replaceFile } from '../home/files.ts';
import type { Io } from '../output.ts';
import { trustFilePath } from '../trust/trust-file.ts';

const OPENING_SCHEMA = 'ztc.opening/v1';

const fileSchema = tuple({
  schema: text(OPENING_SCHEMA.length, /^ztc\.opening\/v1$/),
  opening: openingSchema,
});
type OpeningFile = TypeOf<typeof fileSchema>;

function fileOf(commitment: Uint8Array, env: Io['env']): string {
  return path.join(path.dirname(trustFilePath(env)), 'openings', `${toHex(commitment)}.json`);
}

/** The statement with its words hidden; what opens it is kept. @throws CliError FILE_WRITE */
export async function hidden(
  clear: StatementOperation,
  committed: Committed,
  io: Io,
): Promise<StatementOperation> {
  const salt = new Uint8Array(randomBytes(SALT_BYTES));
  const { operation, opening } = hiding(clear, committed, salt);
  const file = fileOf(operation.commitment as Uint8Array, io.env);
  const document: OpeningFile = { schema: OPENING_SCHEMA, opening };
  await mkdir(path.dirname(file), { recursive: true, mode: OWNER_ONLY_DIR }).catch((error) => {
    const what = `can't make the folder for ${file}: ${(error as Error).message}`;
    throw new CliError('FILE_WRITE', what, { cause: error });
  });
  await replaceFile(file, `${JSON.stringify(toJson(fileSchema, document))}\n`, OWNER_ONLY);
  return operation;
}

/** What was kept for a commitment; undefined: nothing that can be used. */
export async function knownOpening(
  commitment: Uint8Array | null,
  io: Io,
): Promise<Opening | undefined> {
  if (commitment === null) return undefined;
  const content = await readTextIfAny(fileOf(commitment, io.env)).catch(() => undefined);
  try {
    const read = fromJson(fileSchema, JSON.parse(content ?? 'null'));
    return read.ok ? read.value.opening : undefined;
  } catch {
    return undefined;
  }
}

/** The statement in clear words, where they are public or known here. */
export async function inClear(said: Statement, io: Io): Promise<Statement> {
  const opening = await knownOpening(said.statement.commitment, io);
  if (opening === undefined) return said;
  const { name, version, size, attributes } = opening;
  return { ...said, statement: { ...said.statement, name, version, size, attributes } };
}

/** What is known here of the private words of an answer. */
export async function knownOpenings({ statements }: AssetAnswer, io: Io): Promise<Opening[]> {
  const found = new Map<string, Opening>();
  for (const { commitment } of statements.map(({ statement }) => statement)) {
    const opening = await knownOpening(commitment, io);
    if (commitment !== null && opening !== undefined) found.set(toHex(commitment), opening);
  }
  return [...found.values()];
}
