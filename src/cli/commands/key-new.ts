/** `ztc key new`: a new random key in a file that only its owner may read. */
import { publicKeyToText } from '../../common/signature.ts';
import { ID_PATTERN } from '../../ledger/primitives.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { generateKeyPair, writeKeyFile } from '../keys/key-file.ts';

export const keyNew = defineCommand({
  name: 'key new',
  summary: 'make a publisher key and write it to a new file (mode 0600)',
  examples: ['ztc key new acme.key --publisher acme'],
  positionals: { file: { describe: 'the file to write', type: 'string', demandOption: true } },
  options: {
    publisher: { type: 'string', describe: 'the publisher whose key this is', value: 'ID' },
  },
  async run({ file, publisher }) {
    if (publisher !== undefined && !ID_PATTERN.test(publisher)) {
      throw usageError(`${publisher} is no id: 2 to 40 of a-z, 0-9 and -`);
    }
    const keys = generateKeyPair();
    await writeKeyFile(file, { purpose: 'publisher', publisher, keys });
    const key = publicKeyToText(keys.publicKey);
    const next = `ztc publisher request --id ${publisher ?? 'ID'} --name NAME --key ${file}`;
    return {
      exit: EXIT.OK,
      result: { file, purpose: 'publisher', publisher: publisher ?? null, publicKey: key },
      text: [`wrote ${file}`, `public key ${key}`, `next: ${next}`],
    };
  },
});
