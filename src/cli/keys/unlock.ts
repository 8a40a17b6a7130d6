/** From what a key file holds to who signs: opened with a passphrase, or asked of a program. */
import { readFile } from 'node:fs/promises';
import type { KeyPair } from '../../common/signature.ts';
import { keySigner, type Signer } from '../../ledger/signing.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Io } from '../output.ts';
import { askNewSecret, askSecret } from '../terminal.ts';
import { externalSigner } from './external-signer.ts';
import type { StoredKey } from './key-file.ts';
import { unsealKey } from './sealed-key.ts';

/** What asks for a passphrase, where it isn't given. */
export type Asking = Pick<Io, 'env'> & Partial<Io>;

/** @throws CliError USAGE, PASSPHRASE, SIGNER (when it signs) */
export async function signerOf(stored: StoredKey, file: string, io: Asking): Promise<Signer> {
  if (stored.secret.kind === 'external') {
    return externalSigner(stored.secret.command, stored.publicKey);
  }
  return keySigner(await pairOf(stored, file, io));
}

/** The key pair itself, for who signs without asking anybody: a node. */
export async function pairOf(stored: StoredKey, file: string, io: Asking): Promise<KeyPair> {
  const { secret } = stored;
  switch (secret.kind) {
    case 'plain':
      return secret.keys;
    case 'external':
      throw usageError(`${file} is kept by a program, and this needs the key itself`);
    case 'sealed': {
      const passphrase = await passphraseFor(file, io);
      return unsealKey(secret.sealed, stored, passphrase).catch((error: Error) => {
        const exit = EXIT.AUTH;
        throw new CliError('PASSPHRASE', `${file}: ${error.message}`, { exit, cause: error });
      });
    }
  }
}

/** From ZTC_PASSPHRASE, the file ZTC_PASSPHRASE_FILE, or the terminal. @throws CliError USAGE */
export async function passphraseFor(file: string, io: Asking): Promise<string> {
  const name = 'ZTC_PASSPHRASE';
  const given = await givenPassphrase(io, name);
  return known(given ?? (await askSecret(io, `passphrase of ${file}: `)), file, name);
}

/** One that a key gets: from the variable `name`, the file `name`_FILE, or the terminal, twice. */
export async function newPassphraseFor(file: string, io: Asking, name: string): Promise<string> {
  const given = await givenPassphrase(io, name);
  return known(given ?? (await askNewSecret(io, `new passphrase of ${file}: `)), file, name);
}

async function givenPassphrase({ env }: Asking, name: string): Promise<string | undefined> {
  const given = env[name];
  if (given !== undefined && given !== '') return given;
  const from = env[`${name}_FILE`];
  if (from === undefined || from === '') return undefined;
  const text = await readFile(from, 'utf8').catch(({ message }: Error) => {
    throw usageError(`can't read the passphrase: ${message}`);
  });
  return text.replace(/\r?\n$/, '');
}

function known(passphrase: string | undefined, file: string, name: string): string {
  if (passphrase !== undefined && passphrase !== '') return passphrase;
  throw usageError(`${file} needs a passphrase`, `set ${name}_FILE or ${name}, or use a terminal`);
}
