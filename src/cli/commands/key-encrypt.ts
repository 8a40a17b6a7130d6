/** `ztc key encrypt`: puts the secret of a key file under a passphrase, or under another one. */
import { publicKeyToText } from '../../common/signature.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { OWNER_ONLY, replaceFile } from '../home/files.ts';
import { formatStoredKey, readStoredKey } from '../keys/key-file.ts';
import { sealKey } from '../keys/sealed-key.ts';
import { newPassphraseFor, pairOf } from '../keys/unlock.ts';

export const keyEncrypt = defineCommand({
  name: 'key encrypt',
  summary: 'put the secret of a key file under a passphrase, or under another one',
  details: [
    'Any key file: a publisher key, and those of a home (a node then needs it to start).',
    'The new one comes from ZTC_NEW_PASSPHRASE, the file that ZTC_NEW_PASSPHRASE_FILE names,',
    'or the terminal; that of a file that is encrypted already as for ztc key new. The old file is',
    'replaced: copies of it, and what a disk keeps of it, hold the secret still.',
  ],
  examples: ['ztc key encrypt acme.key'],
  positionals: { file: { describe: 'a key file', type: 'string', demandOption: true } },
  options: {},
  async run({ file }, io) {
    const { exposed: _, ...stored } = await readStoredKey(file);
    const keys = await pairOf(stored, file, io);
    const passphrase = await newPassphraseFor(file, io, 'ZTC_NEW_PASSPHRASE');
    const sealed = await sealKey(keys, stored.purpose, passphrase);
    const text = formatStoredKey({ ...stored, secret: { kind: 'sealed', sealed } });
    await replaceFile(file, text, OWNER_ONLY);
    const publicKey = publicKeyToText(stored.publicKey);
    return {
      exit: EXIT.OK,
      result: { file, purpose: stored.purpose, publicKey },
      text: [`encrypted ${file}`, `public key ${publicKey}`],
    };
  },
});
