/** `ztc key new`: a new random key in a file that only its owner may read. */
import { publicKeyToText } from '../../common/signature.ts';
import { ID_PATTERN } from '../../ledger/primitives.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { externalPublicKey, type SignerCommand } from '../keys/external-signer.ts';
import { generateKeyPair, type StoredKey, writeStoredKey } from '../keys/key-file.ts';
import { sealKey } from '../keys/sealed-key.ts';
import { newPassphraseFor } from '../keys/unlock.ts';
import type { Io } from '../output.ts';

export const keyNew = defineCommand({
  name: 'key new',
  summary: 'make a publisher key and write it to a new file (mode 0600)',
  details: [
    'With --encrypt the secret stands under a passphrase: from ZTC_PASSPHRASE, from the file that',
    'ZTC_PASSPHRASE_FILE names, or asked for on the terminal; it is never printed. With --signer',
    'the key stays in a program (an HSM, a key service; docs/keys.md), and the file says which.',
  ],
  examples: [
    'ztc key new acme.key --publisher acme --encrypt',
    'ztc key new hsm.key --publisher acme --signer ./hsm-signer --slot 3',
  ],
  positionals: { file: { describe: 'the file to write', type: 'string', demandOption: true } },
  options: {
    publisher: { type: 'string', describe: 'the publisher whose key this is', value: 'ID' },
    encrypt: { type: 'boolean', env: false, describe: 'put the secret under a passphrase' },
    signer: {
      type: 'string',
      array: true,
      env: false,
      describe: 'the program that keeps the key, and its arguments; one option each',
      value: 'WORD',
    },
  },
  async run({ file, publisher, encrypt = false, signer }, io) {
    if (publisher !== undefined && !ID_PATTERN.test(publisher)) {
      throw usageError(`${publisher} is no id: 2 to 40 of a-z, 0-9 and -`);
    }
    if (encrypt && signer !== undefined) throw usageError('give --encrypt or --signer, not both');
    const { publicKey, secret } = await secretFor(file, encrypt, signer, io);
    await writeStoredKey(file, { purpose: 'publisher', publisher, publicKey, secret });
    const key = publicKeyToText(publicKey);
    const next = `ztc publisher request --id ${publisher ?? 'ID'} --name NAME --key ${file}`;
    return {
      exit: EXIT.OK,
      result: { file, purpose: 'publisher', publisher: publisher ?? null, publicKey: key },
      text: [`wrote ${file}`, `public key ${key}`, `next: ${next}`],
    };
  },
});

async function secretFor(
  file: string,
  encrypt: boolean,
  signer: readonly string[] | undefined,
  io: Io,
): Promise<Pick<StoredKey, 'publicKey' | 'secret'>> {
  if (signer !== undefined) {
    const command = signer as unknown as SignerCommand;
    return { publicKey: await externalPublicKey(command), secret: { kind: 'external', command } };
  }
  const keys = generateKeyPair();
  const { publicKey } = keys;
  if (!encrypt) return { publicKey, secret: { kind: 'plain', keys } };
  const sealed = await sealKey(
    keys,
    'publisher',
    await newPassphraseFor(file, io, 'ZTC_PASSPHRASE'),
  );
  return { publicKey, secret: { kind: 'sealed', sealed } };
}
