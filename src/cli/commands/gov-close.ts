/** `ztc gov withdraw` and `ztc gov execute`: how a proposal ends other than by its last vote. */
import { OPERATION } from '../../ledger/operations.ts';
import { type Command, defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { standingJson, standingLines } from '../governance/describe.ts';
import {
  memberOfKey,
  parseNumber,
  provenProposal,
  readMemberKey,
  say,
  VOICE_OPTIONS,
} from '../governance/voice.ts';
import { readMembership } from '../members/membership.ts';
import { parseDuration, READ_OPTIONS, TIMEOUT_OPTIONS } from '../options.ts';
import { openSession } from '../session.ts';
import { PROPOSAL_POSITIONAL } from './gov-show.ts';

interface Closing {
  readonly name: string;
  readonly op: typeof OPERATION.WITHDRAW | typeof OPERATION.EXECUTE;
  readonly summary: string;
  readonly details: readonly string[];
}

function closing({ name, op, summary, details }: Closing): Command {
  return defineCommand({
    name,
    summary,
    details,
    examples: [`ztc ${name} 7 --home acme`],
    positionals: PROPOSAL_POSITIONAL,
    options: { ...VOICE_OPTIONS, ...TIMEOUT_OPTIONS, ...READ_OPTIONS },
    async run(args, io) {
      const proposal = parseNumber(args.proposal);
      const timeoutMs = parseDuration('timeout', args.timeout);
      const keys = await readMemberKey(args, io);
      const session = await openSession(args, io);
      const member = memberOfKey(await readMembership(session.client), keys);
      const final = await say(session, { member, keys, timeoutMs }, { op, proposal }, io);
      const answer = await provenProposal(session, proposal, final.height);
      return {
        exit: EXIT.OK,
        result: { transaction: final.id, height: final.height, ...standingJson(answer) },
        text: standingLines(answer),
      };
    },
  });
}

export const govWithdraw = closing({
  name: 'gov withdraw',
  op: OPERATION.WITHDRAW,
  summary: 'take back a proposal of your own',
  details: ['As long as it is not executed; nobody can vote on it any more.'],
});

export const govExecute = closing({
  name: 'gov execute',
  op: OPERATION.EXECUTE,
  summary: 'execute a decided proposal after its objection window',
  details: [
    'Any member can. A proposal of a kind without a window is executed by its deciding vote; one',
    'that has the votes since there are fewer members now needs this, too.',
  ],
});
