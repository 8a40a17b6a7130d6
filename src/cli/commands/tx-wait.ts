/** `ztc tx wait`: wait until a submitted transaction is final. */
import { waitForTransaction } from '../../client/submit.ts';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { parseDuration, TIMEOUT_OPTIONS, TRUST_OPTIONS } from '../options.ts';
import { openSession } from '../session.ts';
import { finalOf } from '../transactions.ts';

/** The id of a transaction as given: 0x and 64 hexadecimal digits, also without 0x. */
export function parseTransactionId(text: string): string {
  if (/^(0x)?[0-9a-fA-F]{64}$/.test(text)) return `0x${text.toLowerCase().replace(/^0x/, '')}`;
  throw usageError(`${text} is no transaction id: 0x and 64 hexadecimal digits`);
}

export const txWait = defineCommand({
  name: 'tx wait',
  summary: 'wait until a transaction is final',
  details: [
    'Exits 0 when applied, 7 when rejected or expired, 6 when still pending, 10 if unknown.',
  ],
  positionals: { id: { describe: 'its id', type: 'string', demandOption: true } },
  options: { ...TIMEOUT_OPTIONS, ...TRUST_OPTIONS },
  async run(args, io) {
    const id = parseTransactionId(args.id);
    const timeoutMs = parseDuration('timeout', args.timeout);
    const session = await openSession(args, io);
    const fate = await waitForTransaction(session.client, id, { timeoutMs, now: io.now });
    if (fate.status === 'unknown') {
      throw new CliError('NOT_FOUND', `no node asked knows the transaction ${id}`, {
        details: { transaction: id },
        exit: EXIT.UNKNOWN,
      });
    }
    const { height, time } = finalOf(id, fate);
    await session.remember({ written: height });
    return {
      exit: EXIT.OK,
      result: { transaction: id, status: 'final', height, time },
      text: [`final  ${id}`, `  at height ${height}${time === null ? '' : `, ${time}`}`],
    };
  },
});
