/**
 * Transactions for keys that are not here: written to a file in place of being sent, signed where
 * the keys are (`ztc tx sign`), and sent from anywhere (`ztc tx send`).
 */
import { unsignedTransaction } from '../client/submit.ts';
import { timeText } from '../client/views.ts';
import { publicKeyToText, verify } from '../common/signature.ts';
import type { Operation } from '../ledger/operations.ts';
import type { Signer } from '../ledger/signing.ts';
import type { Transaction } from '../ledger/transaction.ts';
import {
  formatTransactionFile,
  parseTransactionFile,
  type TransactionFile,
} from '../ledger/transaction-file.ts';
import type { OptionSpecs, Outcome } from './command.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { readText, writeNewFile } from './home/files.ts';
import type { Io } from './output.ts';
import type { Session } from './session.ts';
import {
  type FinalTransaction,
  headTime,
  sendTransaction,
  signedOnce,
  validUntil,
} from './transactions.ts';

export const COLLECT_OPTIONS = {
  collect: {
    type: 'string',
    env: false,
    describe: 'write it to a file for ztc tx sign and ztc tx send, and send nothing',
    value: 'FILE',
  },
} as const satisfies OptionSpecs;

/** Who speaks where none of its keys is here. */
export const AS_OPTIONS = {
  ...COLLECT_OPTIONS,
  as: {
    type: 'string',
    env: false,
    describe: 'with --collect: who speaks, where its key is elsewhere',
    value: 'ID',
  },
} as const satisfies OptionSpecs;

export interface CollectArgs {
  readonly collect?: string | undefined;
  readonly as?: string | undefined;
}

/** A transaction to be, and who of its signers is here. */
export interface Speech {
  readonly session: Session;
  readonly sender: string;
  readonly signers: readonly Signer[];
  readonly operations: readonly Operation[];
  /** The transaction of the proposal that it votes on. */
  readonly proposed?: Transaction | undefined;
}

/** Makes it final and goes on with `then`, or writes it to the file `collect` to be signed. */
export async function speak(
  speech: Speech & { readonly timeoutMs: number; readonly collect: string | undefined },
  io: Io,
  then: (final: FinalTransaction) => Promise<Outcome>,
): Promise<Outcome> {
  const { session, collect } = speech;
  if (collect !== undefined) return collected(collect, speech, io);
  const final = await sendTransaction({ ...speech, validUntil: await validUntil(session, io) }, io);
  await session.remember({ written: final.height });
  return then(final);
}

/** @throws CliError FILE_EXISTS, FILE_WRITE */
export async function collected(file: string, speech: Speech, io: Io): Promise<Outcome> {
  const { session, sender, operations, signers, proposed } = speech;
  const { chain, status } = session;
  // As long as the chain lets it be: people carry it around.
  const until = (await headTime(session, io)) + status.limits.maxValidityMs;
  const unsigned = unsignedTransaction({ chain, sender, operations, validUntil: until });
  const { transaction } = await signedOnce(unsigned, signers);
  const content = { transaction, proposed: proposed ?? null };
  await writeNewFile(file, formatTransactionFile(content));
  return {
    exit: EXIT.OK,
    result: fileJson(file, content),
    text: [
      `wrote ${file}: nothing is sent yet`,
      ...fileLines(content),
      `next: ztc tx sign ${file} --key FILE, where each key is; then ztc tx send ${file}`,
    ],
  };
}

/** @throws CliError INPUT_UNREADABLE, TRANSACTION_FILE, TRANSACTION_SIGNATURE */
export async function readTransactionFile(file: string): Promise<TransactionFile> {
  const read = parseTransactionFile(await readText(file), verify);
  if (read.ok) return read.value;
  const exit = read.code === 'TRANSACTION_SIGNATURE' ? EXIT.PROOF_INVALID : EXIT.USAGE;
  throw new CliError(read.code, `${file}: ${read.message}`, { exit });
}

export function fileLines({ transaction }: TransactionFile): string[] {
  const { sender, validUntil: until, signatures } = transaction;
  const who = signatures.map(({ key }) => publicKeyToText(key));
  return [
    `by       ${sender}`,
    `signed   ${who.length === 0 ? 'by nobody yet' : who.join(', ')}`,
    `until    ${timeText(until)} in ledger time`,
  ];
}

export function fileJson(file: string, { transaction }: TransactionFile) {
  const { sender, validUntil: until, signatures } = transaction;
  return {
    file,
    sender,
    validUntil: timeText(until),
    signatures: signatures.map(({ key }) => publicKeyToText(key)),
  };
}
