/** `ztc key show`: the public part of a key file. */
import { publicKeyToText } from '../../common/signature.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { readStoredKey } from '../keys/key-file.ts';
import { note } from '../output.ts';

/** Where the secret is. */
const KEPT = { plain: 'in the file', sealed: 'encrypted', external: 'with a program' } as const;

export const keyShow = defineCommand({
  name: 'key show',
  summary: 'show the public part of a key file',
  positionals: { file: { describe: 'a key file', type: 'string', demandOption: true } },
  options: {},
  async run({ file }, io) {
    const { purpose, publisher, secret, exposed, ...key } = await readStoredKey(file);
    if (exposed) note(io, `others on this machine can read ${file}: chmod 600 ${file}`);
    const publicKey = publicKeyToText(key.publicKey);
    return {
      exit: EXIT.OK,
      result: { file, purpose, publisher: publisher ?? null, publicKey, secret: KEPT[secret.kind] },
      text: [
        `public key ${publicKey}`,
        `purpose    ${purpose}`,
        ...(publisher === undefined ? [] : [`publisher  ${publisher}`]),
        `secret     ${KEPT[secret.kind]}`,
      ],
    };
  },
});
