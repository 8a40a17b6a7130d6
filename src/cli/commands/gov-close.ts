/** `ztc gov withdraw` and `ztc gov execute`: how a proposal ends other than by its last vote. */
import { OPERATION } from '../../ledger/operations.ts';
import { type Command, defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { standingJson, standingLines } from '../governance/describe.ts';
import {
  memberOf,
  parseNumber,
  proposalOutcome,
  readVoice,
  say,
  VOICE_OPTIONS,
} from '../governance/voice.ts';
import { membershipText, readMembership } from '../members/membership.ts';
import { READ_OPTIONS } from '../options.ts';
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
    options: { ...VOICE_OPTIONS, ...READ_OPTIONS },
    async run(args, io) {
      const proposal = parseNumber(args.proposal);
      const voice = await readVoice(args, io);
      const session = await openSession(args, io);
      const member = memberOf(await readMembership(session.client), voice);
      const operation = { op, proposal };
      return say(session, { voice, member, operation }, io, async (final) => {
        const deadline = io.now() + voice.timeoutMs;
        const ended = await proposalOutcome(session, proposal, final, () => io.now() < deadline);
        const { answer, done } = ended;
        return {
          exit: EXIT.OK,
          result: { transaction: final.id, height: final.height, ...standingJson(answer) },
          text: [...standingLines(answer), ...(done === undefined ? [] : membershipText(done))],
        };
      });
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
