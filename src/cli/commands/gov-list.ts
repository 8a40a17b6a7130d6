/** `ztc gov list`: what was proposed, the newest first. */
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { TRUST_OPTIONS } from '../options.ts';
import { printable } from '../output.ts';
import { openSession } from '../session.ts';

/** In an objection window votes can be turned. */
const VOTABLE: readonly string[] = ['OPEN', 'DECIDED'];

export const govList = defineCommand({
  name: 'gov list',
  summary: 'the newest proposals, and where they stand',
  examples: ['ztc gov list'],
  positionals: {},
  options: {
    ...TRUST_OPTIONS,
    open: { type: 'boolean', env: false, describe: 'only those that can be voted on' },
  },
  async run(args, io) {
    const { client } = await openSession(args, io);
    const { items } = await client.call('gov_list', {});
    const shown = items.filter(({ status }) => args.open !== true || VOTABLE.includes(status));
    return {
      exit: EXIT.OK,
      result: { proposals: shown },
      text: shown.map(({ proposal, status, approvals, votesNeeded, proposer, reason, actions }) => {
        const kinds = actions.map((action) => printable(String(Object(action).action)));
        const what = [...new Set(kinds)].join(', ');
        const why = reason === '' ? '' : `: ${printable(reason)}`;
        const votes = `${approvals}/${votesNeeded}`;
        return `${proposal}  ${status.padEnd(9)} ${votes}  ${printable(proposer)}  ${what}${why}`;
      }),
    };
  },
});
