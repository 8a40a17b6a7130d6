/** `ztc publisher key add|rotate|revoke|compromised`: a publisher's keys over time. */
import { type KeyPair, sign } from '../../common/signature.ts';
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import { keyProofHash } from '../../ledger/publishers.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readSigningKey } from '../keys/signing-key.ts';
import { parseDuration, READ_OPTIONS, TIMEOUT_OPTIONS } from '../options.ts';
import type { Io } from '../output.ts';
import {
  PUBLISHER_KEY_OPTIONS,
  type PublisherKeyArgs,
  parseTime,
  provenPublisher,
  publisherJson,
  publisherLines,
  readPublicKey,
  speakAs,
} from '../publishers/voice.ts';
import { openSession, type SessionArgs } from '../session.ts';

const SHARED = { ...PUBLISHER_KEY_OPTIONS, ...TIMEOUT_OPTIONS, ...READ_OPTIONS } as const;

const NEW_KEY = {
  label: { type: 'string', env: false, describe: 'who or what holds it', value: 'TEXT' },
  only: {
    type: 'string',
    array: true,
    env: false,
    describe: 'names that it may state something about: a name, or PREFIX*',
    value: 'NAME…',
  },
  kind: {
    type: 'string',
    array: true,
    env: false,
    describe: 'kinds that it may state something about',
    value: 'KIND…',
  },
  from: { type: 'string', env: false, describe: 'valid from then on', value: 'TIME' },
  until: { type: 'string', env: false, describe: 'valid until then', value: 'TIME' },
} as const;

interface NewKeyArgs {
  readonly label?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly kind?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** The new key signs that it is this publisher's. */
function addition(args: NewKeyArgs, keys: KeyPair, publisher: string): Operation {
  const { label = '', only = [], kind = [], from, until } = args;
  return {
    op: OPERATION.KEY_ADD,
    key: keys.publicKey,
    label,
    validFrom: from === undefined ? null : parseTime('from', from),
    validUntil: until === undefined ? null : parseTime('until', until),
    scope: { names: only, kinds: kind },
    proof: sign(keyProofHash(publisher, keys.publicKey), keys),
  };
}

type Common = PublisherKeyArgs & SessionArgs & { readonly timeout: string };

async function changed(
  args: Common,
  operations: (publisher: string) => readonly Operation[],
  io: Io,
) {
  const timeoutMs = parseDuration('timeout', args.timeout);
  const session = await openSession(args, io);
  const { publisher, final } = await speakAs(args, session, operations, timeoutMs, io);
  const { judged, time } = await provenPublisher(session, publisher, final.height);
  return {
    exit: EXIT.OK,
    result: { transaction: final.id, height: final.height, ...publisherJson(judged, time) },
    text: publisherLines(judged, time),
  };
}

export const publisherKeyAdd = defineCommand({
  name: 'publisher key add',
  summary: 'add a key of a person or a build machine to a publisher',
  details: ['The new key signs with one that the publisher has, so both files are needed here.'],
  examples: ['ztc publisher key add ci.key --label "build farm" --only "app-*" --key acme.key'],
  greedyArrays: true,
  positionals: { new: { describe: "the new key's file", type: 'string', demandOption: true } },
  options: { ...NEW_KEY, ...SHARED },
  async run(args, io) {
    const { keys } = await readSigningKey(args.new, io);
    return changed(args, (publisher) => [addition(args, keys, publisher)], io);
  },
});

export const publisherKeyRotate = defineCommand({
  name: 'publisher key rotate',
  summary: 'replace a key of a publisher by a new one, in one step',
  details: [
    'Adds the new key and revokes the old one, which is the first --key unless --old names',
    'another. What the old key signed stays good.',
  ],
  examples: ['ztc publisher key rotate acme-2027.key --key acme.key'],
  greedyArrays: true,
  positionals: { new: { describe: "the new key's file", type: 'string', demandOption: true } },
  options: {
    ...NEW_KEY,
    old: { type: 'string', env: false, describe: 'the key to revoke', value: 'FILE|KEY' },
    ...SHARED,
  },
  async run(args, io) {
    const { keys } = await readSigningKey(args.new, io);
    const oldKey = args.old ?? args.key?.[0];
    if (oldKey === undefined) throw usageError('no old key is given: name it by --old or --key');
    const old = await readPublicKey(oldKey);
    const revoke = { op: OPERATION.KEY_REVOKE, key: old } as const;
    return changed(args, (publisher) => [addition(args, keys, publisher), revoke], io);
  },
});

export const publisherKeyRevoke = defineCommand({
  name: 'publisher key revoke',
  summary: 'end a key of a publisher, from now on; what it signed stays good',
  examples: ['ztc publisher key revoke ed25519:… --key acme.key'],
  greedyArrays: true,
  positionals: {
    revoked: { describe: 'the key, or its file', type: 'string', demandOption: true },
  },
  options: SHARED,
  async run(args, io) {
    const operation = { op: OPERATION.KEY_REVOKE, key: await readPublicKey(args.revoked) } as const;
    return changed(args, () => [operation], io);
  },
});

export const publisherKeyCompromised = defineCommand({
  name: 'publisher key compromised',
  summary: 'declare that a key was stolen: what it signed since then is bad, on every node',
  details: [
    'With the recovery key. What it signed before stays good and nothing is signed again. Without',
    'a recovery key the members decide: ztc gov propose --compromised.',
  ],
  examples: [
    'ztc publisher key compromised ed25519:… --since 2026-11-20T08:00:00Z --recovery safe.key',
  ],
  greedyArrays: true,
  positionals: {
    stolen: { describe: 'the key, or its file', type: 'string', demandOption: true },
  },
  options: {
    since: {
      type: 'string',
      env: false,
      demandOption: true,
      describe: 'ledger time from which on it is bad',
      value: 'TIME',
    },
    ...SHARED,
  },
  async run(args, io) {
    if (args.recovery === undefined) throw usageError('only a recovery key does this: --recovery');
    const key = await readPublicKey(args.stolen);
    const since = parseTime('since', args.since);
    return changed(args, () => [{ op: OPERATION.KEY_COMPROMISED, key, since }], io);
  },
});
