/** `ztc key new`: a new random key in a file that only its owner may read. */
import { publicKeyToText } from '../../common/signature.ts';
import { ID_PATTERN } from '../../ledger/primitives.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { externalPublicKey, type SignerCommand } from '../keys/external-signer.ts';
import {
  generateKeyPair,
  type KeyPurpose,
  type StoredKey,
  writeStoredKey,
} from '../keys/key-file.ts';
import { sealKey } from '../keys/sealed-key.ts';
import { newPassphraseFor } from '../keys/unlock.ts';
import type { Io } from '../output.ts';

export const keyNew = defineCommand({
  name: 'key new',
  summary: 'make a key of a publisher, or of a member, and write it to a new file (mode 0600)',
  details: [
    'With --encrypt the secret stands under a passphrase: from ZTC_PASSPHRASE, from the file that',
    'ZTC_PASSPHRASE_FILE names, or asked for on the terminal; it is never printed. With --signer',
    'the key stays in a program (an HSM, a key service; docs/keys.md), and the file says which.',
    'A member key is for ztc init --member-key and ztc member request --new-member-key.',
  ],
  examples: [
    'ztc key new acme.key --publisher acme --encrypt',
    'ztc key new hsm.key --publisher acme --signer ./hsm-signer --signer slot-3',
    'ztc key new member.key --member --encrypt',
  ],
  positionals: { file: { describe: 'the file to write', type: 'string', demandOption: true } },
  options: {
    publisher: { type: 'string', describe: 'the publisher whose key this is', value: 'ID' },
    member: { type: 'boolean', env: false, describe: 'a member key, which governs' },
    encrypt: { type: 'boolean', env: false, describe: 'put the secret under a passphrase' },
    signer: {
      type: 'string',
      array: true,
      env: false,
      describe: 'the program that keeps the key, and its arguments; one option each',
      value: 'WORD',
    },
  },
  async run({ file, publisher, member = false, encrypt = false, signer }, io) {
    if (member && publisher !== undefined) throw usageError('give --publisher or --member');
    if (publisher !== undefined && !ID_PATTERN.test(publisher)) {
      throw usageError(`${publisher} is no id: 2 to 40 of a-z, 0-9 and -`);
    }
    if (encrypt && signer !== undefined) throw usageError('give --encrypt or --signer, not both');
    const purpose = member ? 'member' : 'publisher';
    const { publicKey, secret } = await secretFor({ file, purpose, encrypt, signer }, io);
    await writeStoredKey(file, { purpose, publisher, publicKey, secret });
    const key = publicKeyToText(publicKey);
    const next = member
      ? `ztc init … --member-key ${file}, or ztc member request --new-member-key ${file}`
      : `ztc publisher request --id ${publisher ?? 'ID'} --name NAME --key ${file}`;
    return {
      exit: EXIT.OK,
      result: { file, purpose, publisher: publisher ?? null, publicKey: key },
      text: [`wrote ${file}`, `public key ${key}`, `next: ${next}`],
    };
  },
});

interface Kept {
  readonly file: string;
  readonly purpose: KeyPurpose;
  readonly encrypt: boolean;
  readonly signer: readonly string[] | undefined;
}

async function secretFor(
  { file, purpose, encrypt, signer }: Kept,
  io: Io,
): Promise<Pick<StoredKey, 'publicKey' | 'secret'>> {
  if (signer !== undefined) {
    const command = signer as unknown as SignerCommand;
    return { publicKey: await externalPublicKey(command), secret: { kind: 'external', command } };
  }
  const keys = generateKeyPair();
  const { publicKey } = keys;
  if (!encrypt) return { publicKey, secret: { kind: 'plain', keys } };
  const passphrase = await newPassphraseFor(file, io, 'ZTC_PASSPHRASE');
  const sealed = await sealKey(keys, purpose, passphrase);
  return { publicKey, secret: { kind: 'sealed', sealed } };
}
