/** `ztc tx show`: a final transaction and its result. */
import { defineCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { operationLine } from '../operation-line.ts';
import { TRUST_OPTIONS } from '../options.ts';
import { paint, printable } from '../output.ts';
import { openSession } from '../session.ts';
import { parseTransactionId } from './tx-wait.ts';

export const txShow = defineCommand({
  name: 'tx show',
  summary: 'show a final transaction, its operations and its result',
  details: ['As the node says; exits 7 for a rejected one, 10 if the node has none of this id.'],
  positionals: { id: { describe: 'its id', type: 'string', demandOption: true } },
  options: TRUST_OPTIONS,
  async run(args, io) {
    const id = parseTransactionId(args.id);
    const session = await openSession(args, io);
    const found = await session.client.call('tx_get', { hash: id });
    if (found === null) {
      throw new CliError('NOT_FOUND', `the node has no final transaction ${id}`, {
        hint: `if it was submitted just now: ztc tx wait ${id}`,
        details: { transaction: id },
        exit: EXIT.UNKNOWN,
      });
    }
    const { status, height, time, index, sender, operations, result } = found;
    const final = status === 'final';
    const code = final ? '' : ` (${printable(result.code)})`;
    return {
      exit: final ? EXIT.OK : EXIT.REJECTED,
      result: found,
      text: [
        `${paint(io, final ? 'good' : 'bad', status)}${code}  ${id}`,
        `  at height ${height}, ${time}, number ${index} of its block`,
        `  by ${printable(sender)}, operations:`,
        ...operations.map((operation) => `    ${operationLine(operation)}`),
      ],
    };
  },
});
