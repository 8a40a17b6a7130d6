/** `ztc audit consistency`: nothing that was final at one block was changed by another. */
import { askConsistency, type ProvenHeader } from '../../client/headers.ts';
import { hashText, timeText } from '../../client/views.ts';
import { blockHash } from '../../ledger/block.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { TRUST_OPTIONS } from '../options.ts';
import { paint, printable } from '../output.ts';
import { openSession } from '../session.ts';

export const auditConsistency = defineCommand({
  name: 'audit consistency',
  summary: 'prove that the history up to one block is the beginning of that up to another',
  details: [
    'Both blocks are proven to be final, and the roots of all blocks before them to be of one',
    'history (RFC 6962): nothing was taken back, put in or changed. No block is fetched. Exits 20',
    'if that does not hold.',
  ],
  examples: ['ztc audit consistency 1000 2000000'],
  positionals: {
    from: { describe: 'height of the earlier block', type: 'number', demandOption: true },
    to: { describe: 'height of the later block', type: 'number', demandOption: true },
  },
  options: TRUST_OPTIONS,
  async run(args, io) {
    const heights = { from: parseHeight(args.from), to: parseHeight(args.to) };
    if (heights.from > heights.to) throw usageError('FROM is above TO');
    const session = await openSession(args, io);
    const { from, to } = await askConsistency(session.client, heights, session.proof.validators);
    await session.remember({ head: to.head });
    const shown = ({ header, proof }: ProvenHeader) => ({
      height: header.height,
      time: timeText(header.time),
      hash: hashText(blockHash(header.chain, proof.header)),
      historyRoot: hashText(header.historyRoot),
    });
    const result = { from: shown(from), to: shown(to), trust: session.origin };
    const line = (name: string, { height, time, hash }: typeof result.from) =>
      `  ${name}  height ${height}, ${time}, ${hash}`;
    return {
      exit: EXIT.OK,
      result: { ...result, verified: session.origin !== 'node-claimed' },
      text: [
        `${paint(io, 'good', 'one history')}  ${printable(session.genesis.genesis.name)}`,
        line('from', result.from),
        line('to  ', result.to),
        `  under the ${session.origin} genesis ${hashText(session.chain)}`,
      ],
    };
  },
});

function parseHeight(given: number): number {
  if (Number.isSafeInteger(given) && given >= 0) return given;
  throw usageError('a height is an integer from 0 on');
}
