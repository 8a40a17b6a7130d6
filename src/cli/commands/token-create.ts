/** `ztc token create`: lets somebody read from elsewhere, or administrate. */
import { chmod } from 'node:fs/promises';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { OWNER_ONLY, writeNewFile } from '../home/files.ts';
import { homePaths } from '../home/home.ts';
import { createToken, TOKEN_ROLES } from '../home/tokens.ts';
import { parseDuration } from '../options.ts';
import { note as tell } from '../output.ts';
import { HOME_OPTION } from './token-list.ts';

export const tokenCreate = defineCommand({
  name: 'token create',
  summary: 'make a token for the listeners of a node; it is shown this once',
  details: [
    'Holders of a token of the role read may read from other hosts where rpc.access is "token";',
    'those of the role admin may also call admin_* at the admin listener. The home keeps only a',
    'hash. A running node takes it within a second; it needs no restart.',
  ],
  examples: [
    'ztc token create --role read --note "auditor Lee" --expires 90d --home acme',
    'ztc token create --role read --home acme -o lee.token',
  ],
  positionals: {},
  options: {
    ...HOME_OPTION,
    role: {
      type: 'string',
      choices: TOKEN_ROLES,
      demandOption: true,
      env: false,
      describe: 'what the holder may do',
      value: 'ROLE',
    },
    expires: { type: 'string', env: false, describe: 'valid this long only', value: 'TIME' },
    note: { type: 'string', env: false, default: '', describe: 'whose it is', value: 'TEXT' },
    output: {
      alias: 'o',
      type: 'string',
      env: false,
      describe: 'write the token to this new file (mode 0600) instead of printing it',
      value: 'FILE',
    },
  },
  async run({ home, role, expires, note, output }, io) {
    const known = TOKEN_ROLES.find((each) => each === role);
    if (known === undefined) throw usageError(`--role is one of ${TOKEN_ROLES.join(', ')}`);
    const now = io.now();
    const expiresAt = expires === undefined ? null : now + parseDuration('expires', expires);
    const file = homePaths(home).tokens;
    const { token, secret } = await createToken(file, { role: known, note, expiresAt }, now);
    if (output !== undefined) {
      await writeNewFile(output, `${secret}\n`, OWNER_ONLY);
      await chmod(output, OWNER_ONLY);
    }
    const shown = output === undefined ? { token: secret } : { file: output };
    tell(io, `id ${token.id}, role ${known}, expires ${token.expires ?? 'never'}`);
    tell(io, 'use: --token-file FILE or ZTC_TOKEN');
    return {
      exit: EXIT.OK,
      result: { id: token.id, role: known, expires: token.expires, ...shown },
      // The token alone, so that it can go on to wherever it belongs.
      text: [output === undefined ? secret : `wrote ${output}`],
    };
  },
});
