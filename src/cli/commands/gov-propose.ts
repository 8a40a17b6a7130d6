/** `ztc gov propose`: puts something to the vote. */
import { OPERATION } from '../../ledger/operations.ts';
import { defineCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { actionLines, standingJson, standingLines } from '../governance/describe.ts';
import { DRAFT_OPTIONS, DRAFT_POSITIONALS, readDraft } from '../governance/draft.ts';
import { preview, readConsortium } from '../governance/preview.ts';
import {
  checkEntries,
  memberOf,
  proposalOutcome,
  readVoice,
  say,
  VOICE_OPTIONS,
} from '../governance/voice.ts';
import { membershipText } from '../members/membership.ts';
import { READ_OPTIONS } from '../options.ts';
import { openSession, type Session } from '../session.ts';

export const govPropose = defineCommand({
  name: 'gov propose',
  summary: 'put a change to the vote of the members',
  details: [
    'Members, their keys and roles, parameters, protocol version: several changes in one proposal',
    'are made together or not at all. Proposing is voting for it. ztc gov preview shows first what',
    'would come of it.',
  ],
  examples: [
    'ztc gov propose --put echo.member.json --reason "Echo joins" --home acme',
    'ztc gov propose --set heartbeatMs=5000 --home acme',
  ],
  greedyArrays: true,
  positionals: DRAFT_POSITIONALS,
  options: { ...DRAFT_OPTIONS, ...VOICE_OPTIONS, ...READ_OPTIONS },
  async run(args, io) {
    const draft = await readDraft(args);
    const voice = await readVoice(args, io);
    await checkEntries(draft.actions, args.home, voice.signer);
    const session = await openSession(args, io);
    const consortium = await readConsortium(session, draft.actions);
    const member = memberOf(consortium, voice);
    const deadline = io.now() + voice.timeoutMs;
    const operation = { op: OPERATION.PROPOSE, ...draft } as const;
    return say(session, { voice, member, operation }, io, async (final) => {
      const number = await numberOf(session, final.id);
      const ended = await proposalOutcome(session, number, final, () => io.now() < deadline);
      const shown = preview(draft.actions, consortium);
      return {
        exit: EXIT.OK,
        result: {
          transaction: final.id,
          height: final.height,
          ...standingJson(ended.answer),
          preview: shown.json,
        },
        text: [
          ...standingLines(ended.answer),
          ...actionLines(draft.actions, consortium).map((line) => `  ${line}`),
          ...shown.text,
          ...(ended.done === undefined
            ? [`next: the others run ztc gov vote ${number} --home DIR`]
            : membershipText(ended.done)),
        ],
      };
    });
  },
});

/** The number that the ledger gave to the proposal of a transaction: among the newest ones. */
async function numberOf({ client }: Session, transaction: string): Promise<number> {
  let cursor: string | undefined;
  do {
    const page = await client.call('gov_list', cursor ? { cursor } : {});
    const found = page.items.find((item) => item.transaction === transaction);
    if (found !== undefined) return found.proposal;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  throw new CliError('BAD_ANSWER', `the node doesn't list the proposal of ${transaction}`);
}
