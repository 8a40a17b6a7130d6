/** `ztc publisher attest-domain`: a member's word that a domain's DNS names a publisher. */
import { ATTESTATION_MS_MAX, DOMAIN_PATTERN } from '../../ledger/bindings.ts';
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import { ID_PATTERN } from '../../ledger/primitives.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { memberOf, readVoice, say, VOICE_OPTIONS } from '../governance/voice.ts';
import { readMembership } from '../members/membership.ts';
import { READ_OPTIONS } from '../options.ts';
import { requireRecord } from '../publishers/dns.ts';
import { parseTime, publisherOutcome } from '../publishers/voice.ts';
import { openSession, type Session } from '../session.ts';
import { headTime } from '../transactions.ts';

/** Below the longest that the ledger takes, whatever time passes until it is final. */
const DEFAULT_MS = ATTESTATION_MS_MAX - 35 * 24 * 60 * 60_000;

export const publisherAttestDomain = defineCommand({
  name: 'publisher attest-domain',
  summary: "look up a publisher's domain, and attest what its DNS says, as a member",
  details: [
    'Asks the DNS for the TXT record that ztc publisher bind --domain showed to the publisher, and',
    'says nothing unless it is there. The word counts for a year unless --until says otherwise; a',
    'new one takes the place of your earlier one. Ask a resolver that you trust.',
  ],
  examples: [
    'ztc publisher attest-domain acme acme.example --home bolt',
    'ztc publisher attest-domain acme acme.example --withdraw --home bolt',
  ],
  positionals: {
    publisher: { describe: 'its id', type: 'string', demandOption: true },
    domain: { describe: 'the domain', type: 'string', demandOption: true },
  },
  options: {
    until: { type: 'string', env: false, describe: 'when it expires', value: 'TIME' },
    withdraw: {
      type: 'boolean',
      env: false,
      describe: 'take your word back; nothing is looked up',
    },
    resolver: {
      type: 'string',
      env: false,
      describe: "the DNS server to ask (default: this machine's)",
      value: 'IP[:PORT]',
    },
    ...VOICE_OPTIONS,
    ...READ_OPTIONS,
  },
  async run(args, io) {
    const { publisher, domain, until, withdraw = false, resolver } = args;
    if (!ID_PATTERN.test(publisher)) throw usageError(`${publisher} is no id of a publisher`);
    if (!DOMAIN_PATTERN.test(domain)) throw usageError(`${domain} is no name in DNS`);
    const voice = await readVoice(args, io);
    const session = await openSession(args, io);
    const member = memberOf(await readMembership(session.client), voice);
    if (!withdraw) await requireRecord({ chain: session.chain, publisher, domain, resolver });
    const operation: Operation = withdraw
      ? { op: OPERATION.DOMAIN_UNATTEST, publisher, domain }
      : { op: OPERATION.DOMAIN_ATTEST, publisher, domain, until: await untilOf(until, session) };
    return say(session, { voice, member, operation }, io, async (final) => {
      const shown = await publisherOutcome(session, publisher, final);
      return { ...shown, result: { member, ...shown.result } };
    });

    async function untilOf(text: string | undefined, of: Session): Promise<number> {
      return text === undefined ? (await headTime(of, io)) + DEFAULT_MS : parseTime('until', text);
    }
  },
});
