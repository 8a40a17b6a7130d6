/** `ztc publisher key add|rotate|revoke|compromised`: a publisher's keys over time. */
import { OPERATION, type Operation } from '../../ledger/operations.ts';
import { keyProof } from '../../ledger/publishers.ts';
import type { Signer } from '../../ledger/signing.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { readSigningKey } from '../keys/signing-key.ts';
import { READ_OPTIONS } from '../options.ts';
import {
  PUBLISHER_KEY_OPTIONS,
  parseTime,
  readPublicKey,
  sayAsPublisher,
} from '../publishers/voice.ts';

const SHARED = { ...PUBLISHER_KEY_OPTIONS, ...READ_OPTIONS } as const;

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
async function addition(args: NewKeyArgs, signer: Signer, publisher: string): Promise<Operation> {
  const { label = '', only = [], kind = [], from, until } = args;
  return {
    op: OPERATION.KEY_ADD,
    key: signer.publicKey,
    label,
    validFrom: from === undefined ? null : parseTime('from', from),
    validUntil: until === undefined ? null : parseTime('until', until),
    scope: { names: only, kinds: kind },
    proof: await signer.sign(keyProof(publisher, signer.publicKey)),
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
    const { signer } = await readSigningKey(args.new, io);
    return sayAsPublisher(args, async (publisher) => [await addition(args, signer, publisher)], io);
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
    const { signer } = await readSigningKey(args.new, io);
    const oldKey = args.old ?? args.key?.[0];
    if (oldKey === undefined) throw usageError('no old key is given: name it by --old or --key');
    const old = await readPublicKey(oldKey);
    const revoke = { op: OPERATION.KEY_REVOKE, key: old } as const;
    return sayAsPublisher(
      args,
      async (publisher) => [await addition(args, signer, publisher), revoke],
      io,
    );
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
    return sayAsPublisher(args, async () => [operation], io);
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
    const isRecovery = args.recovery !== undefined || args.as?.startsWith('recovery:');
    if (!isRecovery) throw usageError('only a recovery key does this: --recovery');
    const key = await readPublicKey(args.stolen);
    const since = parseTime('since', args.since);
    const operation = { op: OPERATION.KEY_COMPROMISED, key, since } as const;
    return sayAsPublisher(args, async () => [operation], io);
  },
});
