/** `ztc tx send`: sends a transaction from files, with the signatures of all of them. */
import { joinSignatures } from '../../ledger/transaction.ts';
import { mergeTransactionFiles, type TransactionFile } from '../../ledger/transaction-file.ts';
import { readTransactionFile } from '../collect.ts';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { parseDuration, TIMEOUT_OPTIONS, TRUST_OPTIONS } from '../options.ts';
import { openSession } from '../session.ts';
import { submitted } from '../transactions.ts';

export const txSend = defineCommand({
  name: 'tx send',
  summary: 'send a transaction that was signed elsewhere, and wait until it is final',
  details: ['Several files are the same transaction with signatures of different keys.'],
  examples: ['ztc tx send vote.tx.json', 'ztc tx send release.ann.json release.bob.json'],
  positionals: {
    files: { describe: 'what ztc tx sign wrote', type: 'string', array: true, demandOption: true },
  },
  options: { ...TIMEOUT_OPTIONS, ...TRUST_OPTIONS },
  async run(args, io) {
    const timeoutMs = parseDuration('timeout', args.timeout);
    const read: TransactionFile[] = [];
    for (const file of args.files) read.push(await readTransactionFile(file));
    const [first, ...others] = read;
    if (first === undefined) throw usageError('no file is given');
    const merged = mergeTransactionFiles([first, ...others]);
    if (!merged.ok) throw new CliError(merged.code, merged.message, { exit: EXIT.USAGE });
    const { transaction } = merged.value;
    if (transaction.signatures.length === 0) {
      throw usageError('nobody has signed it', `ztc tx sign ${args.files[0]} --key FILE`);
    }
    const session = await openSession(args, io);
    const joined = joinSignatures(transaction, transaction.signatures);
    const { id, height, time } = await submitted(session, joined, timeoutMs, io);
    await session.remember({ written: height });
    return {
      exit: EXIT.OK,
      result: { transaction: id, status: 'final', height, time },
      text: [`final  ${id}`, `  at height ${height}${time === null ? '' : `, ${time}`}`],
    };
  },
});
