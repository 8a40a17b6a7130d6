/** `ztc gov vote`: a member's vote on a proposal. */
import { OPERATION } from '../../ledger/operations.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { actionLines, standingJson, standingLines } from '../governance/describe.ts';
import { readConsortium } from '../governance/preview.ts';
import {
  checkEntries,
  memberOfKey,
  parseNumber,
  provenProposal,
  readMemberKey,
  say,
  settled,
  VOICE_OPTIONS,
} from '../governance/voice.ts';
import { membershipText } from '../members/membership.ts';
import { parseDuration, READ_OPTIONS, TIMEOUT_OPTIONS } from '../options.ts';
import { openSession } from '../session.ts';
import { PROPOSAL_POSITIONAL } from './gov-show.ts';

export const govVote = defineCommand({
  name: 'gov vote',
  summary: 'vote for a proposal, or with --reject against it',
  details: [
    'What is voted on is proven first; an entry whose keys did not ask for it is refused, and so',
    "is one of the own member that the home's requests lack. A vote can be turned until the",
    'proposal is executed: in the objection window, that is how a member objects.',
  ],
  examples: ['ztc gov vote 7 --home acme', 'ztc gov vote 7 --reject --key member.json'],
  positionals: PROPOSAL_POSITIONAL,
  options: {
    reject: { type: 'boolean', env: false, describe: 'vote against it' },
    ...VOICE_OPTIONS,
    ...TIMEOUT_OPTIONS,
    ...READ_OPTIONS,
  },
  async run(args, io) {
    const { reject = false, home } = args;
    const number = parseNumber(args.proposal);
    const timeoutMs = parseDuration('timeout', args.timeout);
    const keys = await readMemberKey(args, io);
    const session = await openSession(args, io);
    const consortium = await readConsortium(session.client);
    const member = memberOfKey(consortium, keys);
    const { proposal, ...rest } = (await provenProposal(session, number)).state.proposal;
    if (!reject) await checkEntries(rest.actions, home, keys);
    const deadline = io.now() + timeoutMs;
    const { transaction } = rest;
    const vote = { op: OPERATION.VOTE, proposal, transaction, approve: !reject } as const;
    const final = await say(session, { member, keys, timeoutMs }, vote, io);
    const answer = await provenProposal(session, number, final.height);
    const isDone = answer.standing.status === 'EXECUTED';
    const done = isDone
      ? await settled(session, final.height, () => io.now() < deadline)
      : undefined;
    return {
      exit: EXIT.OK,
      result: {
        transaction: final.id,
        height: final.height,
        member,
        ...standingJson(answer),
        members: done?.members.map(({ id }) => id) ?? null,
        epoch: done?.epoch ?? null,
      },
      text: [
        ...standingLines(answer),
        ...actionLines(rest.actions, consortium).map((line) => `  ${line}`),
        ...(done === undefined ? [] : membershipText(done)),
      ],
    };
  },
});
