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
  memberOfKey,
  provenProposal,
  readMemberKey,
  say,
  settled,
  VOICE_OPTIONS,
} from '../governance/voice.ts';
import { membershipText } from '../members/membership.ts';
import { parseDuration, READ_OPTIONS, TIMEOUT_OPTIONS } from '../options.ts';
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
  options: { ...DRAFT_OPTIONS, ...VOICE_OPTIONS, ...TIMEOUT_OPTIONS, ...READ_OPTIONS },
  async run(args, io) {
    const timeoutMs = parseDuration('timeout', args.timeout);
    const draft = await readDraft(args);
    const keys = await readMemberKey(args, io);
    await checkEntries(draft.actions, args.home, keys);
    const session = await openSession(args, io);
    const consortium = await readConsortium(session.client);
    const member = memberOfKey(consortium, keys);
    const deadline = io.now() + timeoutMs;
    const voice = { member, keys, timeoutMs };
    const final = await say(session, voice, { op: OPERATION.PROPOSE, ...draft }, io);
    const answer = await provenProposal(session, await numberOf(session, final.id), final.height);
    const isDone = answer.standing.status === 'EXECUTED';
    const done = isDone
      ? await settled(session, final.height, () => io.now() < deadline)
      : undefined;
    const { proposal } = answer.state.proposal;
    const shown = preview(draft.actions, consortium);
    return {
      exit: EXIT.OK,
      result: {
        transaction: final.id,
        height: final.height,
        ...standingJson(answer),
        preview: shown.json,
      },
      text: [
        ...standingLines(answer),
        ...actionLines(draft.actions, consortium).map((line) => `  ${line}`),
        ...shown.text,
        ...(done === undefined
          ? [`next: the others run ztc gov vote ${proposal} --home DIR`]
          : membershipText(done)),
      ],
    };
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
