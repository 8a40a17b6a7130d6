/** `ztc gov show`: a proposal, proven, and what it would do now. */
import { hashText } from '../../client/views.ts';
import { verify } from '../../common/signature.ts';
import { checkRequests } from '../../ledger/proposal-file.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { actionLines, standingJson, standingLines } from '../governance/describe.ts';
import { preview, readConsortium } from '../governance/preview.ts';
import { parseNumber, provenProposal } from '../governance/voice.ts';
import { READ_OPTIONS } from '../options.ts';
import { openSession } from '../session.ts';

export const PROPOSAL_POSITIONAL = {
  proposal: { describe: 'its number', type: 'number', demandOption: true },
} as const;

export const govShow = defineCommand({
  name: 'gov show',
  summary: 'a proposal: what it does, who voted how, and what would come of it now',
  details: ['The proposal and its votes are proven, and the keys in new entries have signed.'],
  examples: ['ztc gov show 7'],
  positionals: PROPOSAL_POSITIONAL,
  options: READ_OPTIONS,
  async run(args, io) {
    const number = parseNumber(args.proposal);
    const session = await openSession(args, io);
    const answer = await provenProposal(session, number);
    const { actions, transaction } = answer.state.proposal;
    const consortium = await readConsortium(session, actions);
    const lines = actionLines(actions, consortium);
    const isOver = !['OPEN', 'DECIDED'].includes(answer.standing.status);
    const shown = preview(actions, consortium);
    const requests = checkRequests(actions, verify);
    const wrong = requests.ok ? [] : [`warning  ${requests.message}`];
    return {
      exit: EXIT.OK,
      result: {
        ...standingJson(answer),
        transaction: hashText(transaction),
        actions: lines,
        requestsSigned: requests.ok,
        preview: isOver ? null : shown.json,
      },
      text: [
        ...standingLines(answer),
        ...lines.map((line) => `  ${line}`),
        ...(isOver ? [] : shown.text),
        ...wrong,
      ],
    };
  },
});
