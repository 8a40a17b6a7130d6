/** `ztc token revoke`: a token ends now. */
import { defineCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { homePaths } from '../home/home.ts';
import { revokeToken } from '../home/tokens.ts';
import { HOME_OPTION } from './token-list.ts';

export const tokenRevoke = defineCommand({
  name: 'token revoke',
  summary: 'end a token; a running node refuses it within a second',
  examples: ['ztc token revoke 9f86d081 --home acme'],
  positionals: {
    id: { describe: 'as ztc token list has it', type: 'string', demandOption: true },
  },
  options: HOME_OPTION,
  async run({ id, home }) {
    if (!(await revokeToken(homePaths(home).tokens, id))) {
      throw new CliError('TOKEN_UNKNOWN', `there is no token ${id}`, {
        hint: `see: ztc token list --home ${home}`,
        exit: EXIT.USAGE,
      });
    }
    return { exit: EXIT.OK, result: { id, revoked: true }, text: [`revoked ${id}`] };
  },
});
