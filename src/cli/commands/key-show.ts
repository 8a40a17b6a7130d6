/** `ztc key show`: the public part of a key file. */
import { publicKeyToText } from '../../common/signature.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { readKeyFile } from '../keys/key-file.ts';
import { note } from '../output.ts';

export const keyShow = defineCommand({
  name: 'key show',
  summary: 'show the public part of a key file',
  positionals: { file: { describe: 'a key file', type: 'string', demandOption: true } },
  options: {},
  async run({ file }, io) {
    const { purpose, publisher, keys, exposed } = await readKeyFile(file);
    if (exposed) note(io, `others on this machine can read ${file}: chmod 600 ${file}`);
    const publicKey = publicKeyToText(keys.publicKey);
    return {
      exit: EXIT.OK,
      result: { file, purpose, publisher: publisher ?? null, publicKey },
      text: [
        `public key ${publicKey}`,
        `purpose    ${purpose}`,
        ...(publisher === undefined ? [] : [`publisher  ${publisher}`]),
      ],
    };
  },
});
