/** A publisher's voice: its keys, or its recovery key, and making what they say final. */
import { askPublisher } from '../../client/publishers.ts';
import { timeText } from '../../client/views.ts';
import { publicKeyFromText, publicKeyToText } from '../../common/signature.ts';
import type { Operation } from '../../ledger/operations.ts';
import { vouchersAt } from '../../ledger/publishers.ts';
import type { JudgedPublisher } from '../../ledger/verdict.ts';
import { AS_OPTIONS, type CollectArgs, speak } from '../collect.ts';
import type { OptionSpecs, Outcome } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readStoredKey } from '../keys/key-file.ts';
import { publisherOfKey, readSigningKeys, type SigningKey } from '../keys/signing-key.ts';
import { parseDuration, TIMEOUT_OPTIONS } from '../options.ts';
import { type Io, printable } from '../output.ts';
import { openSession, type Session, type SessionArgs } from '../session.ts';
import type { FinalTransaction } from '../transactions.ts';
import { shownBindings } from './bindings.ts';

export const PUBLISHER_KEY_OPTIONS = {
  key: {
    type: 'string',
    array: true,
    env: false,
    describe: 'key files of the publisher, as many as it asks for (or ZTC_KEY_FILE, ZTC_KEY)',
    value: 'FILE…',
  },
  recovery: {
    type: 'string',
    env: false,
    describe: "the publisher's recovery key, in place of its keys",
    value: 'FILE',
  },
  ...AS_OPTIONS,
  ...TIMEOUT_OPTIONS,
} as const satisfies OptionSpecs;

export interface PublisherKeyArgs extends CollectArgs {
  readonly key?: readonly string[] | undefined;
  readonly recovery?: string | undefined;
  readonly timeout: string;
}

/** Says it, or writes it down for who has the keys, and shows the publisher after it. */
export async function sayAsPublisher(
  args: PublisherKeyArgs & SessionArgs,
  operations: (publisher: string, session: Session) => Promise<readonly Operation[]>,
  io: Io,
): Promise<Outcome> {
  const timeoutMs = parseDuration('timeout', args.timeout);
  const { session, keys, sender, publisher } = await openPublisher(args, io);
  const speech = {
    session,
    sender,
    signers: keys.map(({ signer }) => signer),
    operations: await operations(publisher, session),
  };
  return speak({ ...speech, timeoutMs, collect: args.collect }, io, (final) =>
    publisherOutcome(session, publisher, final),
  );
}

/** Whose voice it is, by its keys or by `--as`, and the chain that it speaks on. */
export async function openPublisher(args: PublisherKeyArgs & SessionArgs, io: Io) {
  const keys = await readPublisherKeys(args, io);
  const session = await openSession(args, io);
  return { session, keys, ...(await senderOfKeys(args, keys, session)) };
}

async function readPublisherKeys(args: PublisherKeyArgs, io: Io): Promise<readonly SigningKey[]> {
  const { recovery, key, as, collect } = args;
  if (as !== undefined) {
    if (collect === undefined) throw usageError('--as goes with --collect: nothing can be sent');
    if (key !== undefined || recovery !== undefined) {
      throw usageError('give keys or --as, not both');
    }
    if (!/^(recovery:)?[a-z0-9-]{2,40}$/.test(as)) {
      throw usageError(`--as ${as}: write the publisher's id, or recovery: and it`);
    }
    return [];
  }
  return readSigningKeys(recovery === undefined ? (key ?? [undefined]) : [recovery], io);
}

/** A publisher by its keys, or by its recovery key, whose file says whose it is. */
async function senderOfKeys(
  { as, recovery }: PublisherKeyArgs,
  [first]: readonly SigningKey[],
  { client }: Session,
): Promise<{ readonly sender: string; readonly publisher: string }> {
  if (as !== undefined) return { sender: as, publisher: as.replace('recovery:', '') };
  if (first === undefined) throw usageError('no key is given');
  if (recovery === undefined) {
    const publisher = await publisherOfKey(first, client);
    return { sender: publisher, publisher };
  }
  const { publisher } = first;
  if (publisher !== undefined) return { sender: `recovery:${publisher}`, publisher };
  throw usageError(`${recovery} doesn't say whose recovery key it is`, 'see ztc key new');
}

/** A public key, or the key file that holds it. @throws CliError USAGE, KEY_FILE_UNREADABLE */
export async function readPublicKey(given: string): Promise<Uint8Array> {
  if (!given.includes(':')) return (await readStoredKey(given)).publicKey;
  const key = publicKeyFromText(given);
  if (!key.ok) throw usageError(`${given} is no public key: ${key.message}`);
  return key.value;
}

/** An RFC 3339 time in ms. @throws CliError USAGE */
export function parseTime(option: string, text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}(T.+(Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isSafeInteger(time)) return time;
  throw usageError(`--${option} ${text} is no time: write 2026-11-24T12:00:00Z`);
}

/** @throws CliError NOT_FOUND; ProofError, STALE */
export async function provenPublisher(
  { client, proof, remember }: Session,
  id: string,
  minHeight = 0,
): Promise<{ readonly judged: JudgedPublisher; readonly time: number }> {
  const context = { ...proof, minHeight: Math.max(minHeight, proof.minHeight) };
  const { answer, view } = await askPublisher(client, id, context);
  await remember({ head: view.head });
  if (answer !== null) return { judged: answer, time: view.time };
  throw new CliError('NOT_FOUND', `there is no publisher ${id}`, { hint: 'ztc publisher list' });
}

/** How a command on a publisher ends: who it is now, proven. */
export async function publisherOutcome(session: Session, id: string, final: FinalTransaction) {
  const { judged, time } = await provenPublisher(session, id, final.height);
  const shown = await publisherShown(session, judged, time);
  const result = { transaction: final.id, height: final.height, ...shown.result };
  return { exit: EXIT.OK, result, text: shown.text };
}

/** All of a publisher, and what it is bound to. */
export async function publisherShown(
  { chain }: Pick<Session, 'chain'>,
  judged: JudgedPublisher,
  time: number,
) {
  const bindings = await shownBindings(judged, chain, time);
  return {
    result: { ...publisherJson(judged, time), bindings: bindings.map(({ json }) => ({ ...json })) },
    text: [...publisherLines(judged, time), ...bindings.map(({ text }) => text)],
  };
}

function publisherLines({ publisher, level, active }: JudgedPublisher, time: number) {
  const { id, name, keys, approvals, recovery, vouches } = publisher;
  const who = vouchersAt(vouches, active, time).join(', ') || 'nobody';
  return [
    `${id}  ${printable(name)}`,
    `level    ${level}: vouched for by ${who}`,
    `signs    ${approvals} of its keys together`,
    recovery === null
      ? 'recovery none: name a key by ztc publisher set --new-recovery FILE'
      : 'recovery a key is named',
    ...keys.map((each) => `key      ${publicKeyToText(each.key)}${spanText(each)}`),
  ];
}

function spanText(key: JudgedPublisher['publisher']['keys'][number]): string {
  const { label, validUntil, compromisedSince, scope } = key;
  const only = [...scope.names, ...scope.kinds.map((kind) => `kind ${kind}`)].map(printable);
  return [
    ...(label === '' ? [] : [`  ${printable(label)}`]),
    ...(only.length === 0 ? [] : [`  only ${only.join(', ')}`]),
    ...(validUntil === null ? [] : [`  until ${timeText(validUntil)}`]),
    ...(compromisedSince === null ? [] : [`  COMPROMISED since ${timeText(compromisedSince)}`]),
  ].join('');
}

function publisherJson({ publisher, level, active }: JudgedPublisher, time: number) {
  const { id, name, keys, approvals, recovery, vouches } = publisher;
  return {
    publisher: id,
    name,
    level,
    vouchers: vouchersAt(vouches, active, time),
    approvals,
    recovery: recovery !== null,
    keys: keys.map((each) => ({
      key: publicKeyToText(each.key),
      label: each.label,
      validFrom: timeText(each.validFrom),
      validUntil: each.validUntil === null ? null : timeText(each.validUntil),
      compromisedSince: each.compromisedSince === null ? null : timeText(each.compromisedSince),
      names: [...each.scope.names],
      kinds: [...each.scope.kinds],
    })),
  };
}
