/** `ztc token list`: who was let in; the tokens themselves are nowhere. */
import { defineCommand, type OptionSpecs } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { homePaths } from '../home/home.ts';
import { readTokens } from '../home/tokens.ts';
import { printable } from '../output.ts';

export const HOME_OPTION = {
  home: { type: 'string', demandOption: true, describe: "the node's home", value: 'DIR' },
} as const satisfies OptionSpecs;

export const tokenList = defineCommand({
  name: 'token list',
  summary: 'the tokens of a node: ids, roles and when they end',
  examples: ['ztc token list --home acme'],
  positionals: {},
  options: HOME_OPTION,
  async run({ home }, io) {
    const tokens = await readTokens(homePaths(home).tokens);
    const items = tokens.map(({ hash: _, ...shown }) => ({
      ...shown,
      expired: shown.expires !== null && Date.parse(shown.expires) <= io.now(),
    }));
    const text = items.map(({ id, role, expires, expired, note }) => {
      const end =
        expires === null ? 'never expires' : `${expired ? 'expired' : 'until'} ${expires}`;
      return `${id}  ${role.padEnd('admin'.length)}  ${end}  ${printable(note)}`.trimEnd();
    });
    return { exit: EXIT.OK, result: { items }, text: text.length > 0 ? text : ['no tokens'] };
  },
});
