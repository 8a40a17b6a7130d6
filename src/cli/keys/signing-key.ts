/** The key that a command signs with, and whose it is. */

import type { Client } from '../../client/client.ts';
import { publicKeyToText } from '../../common/signature.ts';
import type { Signer } from '../../ledger/signing.ts';
import type { OptionSpecs } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { type Io, note } from '../output.ts';
import { parseStoredKey, readStoredKey, type StoredKey } from './key-file.ts';
import { signerOf } from './unlock.ts';

export const KEY_OPTIONS = {
  key: {
    type: 'string',
    // ZTC_KEY holds the key itself, so it must not be taken for a file's name.
    env: false,
    describe: 'key file of the publisher (or ZTC_KEY_FILE; ZTC_KEY holds the content)',
    value: 'FILE',
  },
} as const satisfies OptionSpecs;

/** For statements of publishers that ask for several keys. */
export const COSIGN_OPTIONS = {
  cosign: {
    type: 'string',
    array: true,
    env: false,
    describe: 'further keys of the publisher that sign with it, where it asks for several',
    value: 'FILE',
  },
} as const satisfies OptionSpecs;

/** A key to sign with, and whose it is. */
export interface SigningKey {
  /** The publisher whose key it is, where the file says so. */
  readonly publisher: string | undefined;
  readonly signer: Signer;
}

/** @throws CliError USAGE, KEY_FILE_UNREADABLE, KEY_FILE_INVALID */
export async function readCosigners(
  files: readonly string[] | undefined,
  io: Io,
): Promise<readonly Signer[]> {
  const read = await readSigningKeys(files ?? [], io);
  return read.map(({ signer }) => signer);
}

/** One after the other: each may ask a person. @throws as `readSigningKey` */
export async function readSigningKeys(
  files: readonly (string | undefined)[],
  io: Io,
): Promise<SigningKey[]> {
  const read: SigningKey[] = [];
  for (const file of files) read.push(await readSigningKey(file, io));
  return read;
}

/**
 * Reads the key from `--key FILE`, `ZTC_KEY_FILE` or `ZTC_KEY` (its content, for CI secrets).
 *
 * @throws CliError USAGE, KEY_FILE_UNREADABLE, KEY_FILE_INVALID
 */
export async function readSigningKey(file: string | undefined, io: Io): Promise<SigningKey> {
  const given = file ?? (io.env.ZTC_KEY_FILE || undefined);
  const key = await readGivenKey(given, io);
  if (key.purpose !== 'publisher') {
    throw usageError(`this is a ${key.purpose} key: statements and records take a publisher's`);
  }
  return { publisher: key.publisher, signer: await signerOf(key, given ?? 'ZTC_KEY', io) };
}

/** A member key, wherever it is kept. @throws CliError KEY_FILE_UNREADABLE, KEY_FILE_INVALID */
export async function readMemberSigner(file: string, io: Io): Promise<Signer> {
  const { exposed, ...stored } = await readStoredKey(file);
  if (stored.purpose !== 'member') {
    const message = `${file} is a ${stored.purpose} key, not a member key`;
    throw new CliError('KEY_FILE_INVALID', message);
  }
  if (exposed) note(io, `others can read ${file}: chmod 600 ${file}`);
  return signerOf(stored, file, io);
}

async function readGivenKey(file: string | undefined, io: Io): Promise<StoredKey> {
  if (file !== undefined) {
    const key = await readStoredKey(file);
    if (key.exposed) note(io, `others on this machine can read ${file}: chmod 600 ${file}`);
    return key;
  }
  if (io.env.ZTC_KEY) return parseStoredKey(io.env.ZTC_KEY, 'ZTC_KEY');
  throw usageError('no key is given', 'name one by --key FILE, ZTC_KEY_FILE or ZTC_KEY (content)');
}

/**
 * The id of the publisher whose key this is: the file says it, else the node knows.
 *
 * @throws CliError KEY_UNKNOWN
 */
export async function publisherOfKey(key: SigningKey, client: Client): Promise<string> {
  if (key.publisher !== undefined) return key.publisher;
  const publicKey = publicKeyToText(key.signer.publicKey);
  const publisher = await client.call('publisher_get', { publisher: publicKey });
  if (publisher !== null) return publisher.id;
  throw new CliError('KEY_UNKNOWN', `${publicKey} is no publisher's key on this chain`, {
    hint: 'publishers enter the chain by: ztc publisher request --id ID --name NAME --key FILE',
  });
}
