/** `ztc publisher register`: a member enters a publisher's request. */
import { verify } from '../../common/signature.ts';
import type { PublisherRequest } from '../../ledger/genesis.ts';
import { OPERATION } from '../../ledger/operations.ts';
import { parsePublisherRequest } from '../../ledger/requests.ts';
import { defineCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { memberOf, readVoice, say, VOICE_OPTIONS } from '../governance/voice.ts';
import { readText } from '../home/files.ts';
import { readMembership } from '../members/membership.ts';
import { READ_OPTIONS } from '../options.ts';
import { printable } from '../output.ts';
import { alikeTo } from '../publishers/likeness.ts';
import { publisherOutcome } from '../publishers/voice.ts';
import { REJECTION_MEANINGS } from '../rejections.ts';
import { openSession, type Session } from '../session.ts';

export const publisherRegister = defineCommand({
  name: 'publisher register',
  summary: "enter a publisher's request on the ledger, as a member",
  details: ['Its level is 0 until members vouch for it: ztc publisher vouch.'],
  examples: ['ztc publisher register acme.publisher.json --home bolt'],
  positionals: {
    request: { describe: 'ID.publisher.json', type: 'string', demandOption: true },
  },
  options: { ...VOICE_OPTIONS, ...READ_OPTIONS },
  async run(args, io) {
    const request = parsePublisherRequest(await readText(args.request), verify);
    if (!request.ok) {
      const exit = request.code === 'REQUEST_SIGNATURE' ? EXIT.PROOF_INVALID : EXIT.USAGE;
      throw new CliError(request.code, `${args.request}: ${request.message}`, { exit });
    }
    const voice = await readVoice(args, io);
    const session = await openSession(args, io);
    const member = memberOf(await readMembership(session.client), voice);
    const operation = { op: OPERATION.PUBLISHER_REGISTER, request: request.value } as const;
    const { id } = request.value.publisher;
    await requireUnlike(session, request.value.publisher);
    return say(session, { voice, member, operation }, io, async (final) => {
      const shown = await publisherOutcome(session, id, final);
      const next = `next: members that know it run ztc publisher vouch ${id} --home DIR`;
      return { ...shown, text: [...shown.text, next] };
    });
  },
});

/** The ledger decides; asked first, so that the member hears whom it looks like. */
async function requireUnlike(
  session: Session,
  publisher: PublisherRequest['publisher'],
): Promise<void> {
  const others = await alikeTo(session, publisher);
  if (others.length === 0) return;
  const { id, name } = publisher;
  throw new CliError(
    'NAME_COLLIDES',
    `${id} (${printable(name)}) looks like the publisher ${others.join(', ')}: nothing was sent`,
    { exit: EXIT.REJECTED, hint: REJECTION_MEANINGS.NAME_COLLIDES },
  );
}
