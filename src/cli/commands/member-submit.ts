/** `ztc member submit`: joins all members' signatures on a change, and makes it final. */
import { pause } from '../../client/pause.ts';
import { submitAndWait } from '../../client/submit.ts';
import { hashText } from '../../client/views.ts';
import { equalBytes } from '../../common/bytes.ts';
import { publicKeyToText } from '../../common/signature.ts';
import type { ChangeSignature, ReadChange } from '../../ledger/change-file.ts';
import { joinSignatures } from '../../ledger/transaction.ts';
import { defineCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readChange, readChangeSignature, windowOf } from '../members/change.ts';
import { type Membership, membershipText, readMembership } from '../members/membership.ts';
import { parseDuration, TIMEOUT_OPTIONS, TRUST_OPTIONS } from '../options.ts';
import { openSession, type Session } from '../session.ts';
import { finalOf } from '../transactions.ts';

/** The block after the change ends the epoch, so this is a matter of a moment. */
const EPOCH_POLL_MS = 200;

export const memberSubmit = defineCommand({
  name: 'member submit',
  summary: 'join the signatures on a change of the membership, and make it final',
  details: [
    'Says who has not signed yet. Waits until the change is final and what it makes due at once',
    'is in force; a new validator key votes only after its node has said that it is ready.',
  ],
  examples: ['ztc member submit change.json change.*.sig.json'],
  positionals: {
    change: { describe: 'the file of member propose', type: 'string', demandOption: true },
    signatures: { describe: 'the files of member sign', type: 'string', array: true },
  },
  options: { ...TRUST_OPTIONS, ...TIMEOUT_OPTIONS },
  async run(args, io) {
    const { change: file, signatures: files = [] } = args;
    const timeoutMs = parseDuration('timeout', args.timeout);
    const change = await readChange(file);
    const signatures = await Promise.all(files.map((each) => readChangeSignature(change, each)));
    const session = await openSession(args, io);
    if (!equalBytes(session.chain, change.transaction.chain)) {
      throw new CliError('WRONG_CHAIN', `${file} is a change of another chain`);
    }
    const distinct = requireAll(signatures, await readMembership(session.client), file);
    requireTime(change, session, io.now());
    const transaction = joinSignatures(change.transaction, distinct);
    const deadline = io.now() + timeoutMs;
    const fate = await submitAndWait(session.client, transaction, { timeoutMs, now: io.now });
    const final = finalOf(hashText(transaction.id), fate);
    await session.remember({ written: final.height });
    const after = await settled(session, final.height, () => io.now() < deadline);
    const { members, epoch, firstHeight, validators, nextValidators, pending } = after;
    return {
      exit: EXIT.OK,
      result: {
        transaction: final.id,
        height: final.height,
        time: final.time,
        members: members.map(({ id }) => id),
        epoch,
        firstHeight,
        validators,
        nextValidators,
        pending,
      },
      text: [`final at height ${final.height}: ${final.id}`, ...membershipText(after)],
    };
  },
});

/** One good signature of every active member, and none of anybody else. */
function requireAll(
  signatures: readonly ChangeSignature[],
  { members }: Membership,
  file: string,
): ChangeSignature[] {
  const byKey = new Map(signatures.map((each) => [publicKeyToText(each.key), each]));
  const missing = members.filter(({ memberKey }) => !byKey.has(memberKey)).map(({ id }) => id);
  if (missing.length > 0) {
    throw new CliError('CHANGE_UNSIGNED', `not signed yet by ${missing.join(', ')}`, {
      hint: `each of them runs: ztc member sign ${file} --home DIR`,
      details: { missing },
      exit: EXIT.USAGE,
    });
  }
  const known = new Set(members.map(({ memberKey }) => memberKey));
  const stranger = [...byKey.keys()].find((key) => !known.has(key));
  if (stranger === undefined) return [...byKey.values()];
  throw new CliError('CHANGE_SIGNATURE', `${stranger} signed, and is the key of no active member`, {
    exit: EXIT.USAGE,
  });
}

/** @param now of this machine; ledger time is close to it */
function requireTime(change: ReadChange, { status }: Session, now: number): void {
  const { from, until } = windowOf(change, status.limits.maxValidityMs);
  const ledgerNow = Math.max(now, Date.parse(status.head.time));
  if (ledgerNow > until) {
    throw new CliError('TX_EXPIRED', `it was valid until ${new Date(until).toISOString()}`, {
      hint: 'propose it again, with --in TIME for more time to collect signatures',
    });
  }
  if (ledgerNow >= from) return;
  const [start, end] = [from, until].map((ms) => new Date(ms).toISOString());
  throw new CliError('CHANGE_EARLY', `no block can hold it before ${start}`, {
    hint: `submit it then, and before ${end}`,
    exit: EXIT.USAGE,
  });
}

/** What is due is in force one block later; nobody waits here for a node's `ready`. */
async function settled(
  { client }: Session,
  height: number,
  goOn: () => boolean,
): Promise<Membership> {
  for (;;) {
    const membership = await readMembership(client);
    const { validators, nextValidators } = membership;
    const same = JSON.stringify(validators) === JSON.stringify(nextValidators);
    if ((membership.height >= height && same) || !goOn()) return membership;
    await pause(EPOCH_POLL_MS, client.signal);
  }
}
