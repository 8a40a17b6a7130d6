/** `ztc publisher vouch` and `unvouch`: a member's word that a publisher is who it says. */
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import { type Command, defineCommand } from '../command.ts';
import { memberOf, readVoice, say, VOICE_OPTIONS } from '../governance/voice.ts';
import { readMembership } from '../members/membership.ts';
import { READ_OPTIONS } from '../options.ts';
import { parseTime, publisherOutcome } from '../publishers/voice.ts';
import { openSession } from '../session.ts';

interface Word {
  readonly name: string;
  readonly summary: string;
  readonly details: readonly string[];
  readonly example: string;
  readonly operation: (publisher: string, until: number | null) => Operation;
}

function word({ name, summary, details, example, operation }: Word): Command {
  return defineCommand({
    name,
    summary,
    details,
    examples: [example],
    positionals: { publisher: { describe: 'its id', type: 'string', demandOption: true } },
    options: {
      ...(name === 'publisher vouch' ? UNTIL : {}),
      ...VOICE_OPTIONS,
      ...READ_OPTIONS,
    },
    async run(args, io) {
      const { until } = args as { readonly until?: string };
      const made = operation(
        args.publisher,
        until === undefined ? null : parseTime('until', until),
      );
      const voice = await readVoice(args, io);
      const session = await openSession(args, io);
      const member = memberOf(await readMembership(session.client), voice);
      return say(session, { voice, member, operation: made }, io, async (final) => {
        const shown = await publisherOutcome(session, args.publisher, final);
        return { ...shown, result: { member, ...shown.result } };
      });
    },
  });
}

const UNTIL = {
  until: { type: 'string', env: false, describe: 'when it expires', value: 'TIME' },
} as const;

export const publisherVouch = word({
  name: 'publisher vouch',
  summary: 'vouch for a publisher, as a member; it raises its level',
  details: [
    'Check first that the key is theirs: compare it over a channel that you trust. A new vouch',
    'takes the place of your earlier one.',
  ],
  example: 'ztc publisher vouch acme --until 2027-12-31T00:00:00Z --home bolt',
  operation: (publisher, until) => ({ op: OPERATION.VOUCH, publisher, until }),
});

export const publisherUnvouch = word({
  name: 'publisher unvouch',
  summary: 'withdraw a vouch, as a member',
  details: ['What the publisher stated before keeps the level that it had.'],
  example: 'ztc publisher unvouch acme --home bolt',
  operation: (publisher) => ({ op: OPERATION.UNVOUCH, publisher }),
});
