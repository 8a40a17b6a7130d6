/** `ztc gov vote`: a member's vote on a proposal. */
import { hashText } from '../../client/views.ts';
import { equalBytes, fromBase64url } from '../../common/bytes.ts';
import { OPERATION } from '../../ledger/operations.ts';
import { TRANSACTION_BYTES_CAP } from '../../ledger/parameters.ts';
import { decodeTransaction, type Transaction } from '../../ledger/transaction.ts';
import { defineCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { actionLines, standingJson, standingLines } from '../governance/describe.ts';
import { readConsortium } from '../governance/preview.ts';
import {
  checkEntries,
  memberOf,
  parseNumber,
  proposalOutcome,
  provenProposal,
  readVoice,
  say,
  VOICE_OPTIONS,
} from '../governance/voice.ts';
import { membershipText } from '../members/membership.ts';
import { READ_OPTIONS } from '../options.ts';
import { openSession, type Session } from '../session.ts';
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
    ...READ_OPTIONS,
  },
  async run(args, io) {
    const { reject = false, home } = args;
    const number = parseNumber(args.proposal);
    const voice = await readVoice(args, io);
    const session = await openSession(args, io);
    const { proposal, transaction, actions } = (await provenProposal(session, number)).state
      .proposal;
    const consortium = await readConsortium(session, actions);
    const member = memberOf(consortium, voice);
    if (!reject) await checkEntries(actions, home, voice.signer);
    const deadline = io.now() + voice.timeoutMs;
    const operation = { op: OPERATION.VOTE, proposal, transaction, approve: !reject } as const;
    const proposed =
      voice.collect === undefined ? undefined : await proposing(session, transaction);
    const spoken = { voice, member, operation, ...(proposed && { proposed }) };
    return say(session, spoken, io, async (final) => {
      const ended = await proposalOutcome(session, number, final, () => io.now() < deadline);
      const { answer, done } = ended;
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
          ...actionLines(actions, consortium).map((line) => `  ${line}`),
          ...(done === undefined ? [] : membershipText(done)),
        ],
      };
    });
  },
});

/** The transaction of a proposal, for who signs without a line to the ledger: its id is proven. */
async function proposing({ client }: Session, id: Uint8Array): Promise<Transaction> {
  const found = await client.call('tx_get', { hash: hashText(id) });
  const bytes = found === null ? undefined : fromBase64url(found.bytes);
  const decoded = bytes && decodeTransaction(bytes, TRANSACTION_BYTES_CAP);
  if (decoded?.ok && equalBytes(decoded.value.id, id)) return decoded.value.transaction;
  throw new CliError('BAD_ANSWER', `the node doesn't give the proposal's transaction`);
}
