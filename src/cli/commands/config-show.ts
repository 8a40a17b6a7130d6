/** `ztc config show`: the configuration in effect, and where each value comes from. */
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { CONFIG_OPTIONS, configFromFlags, resolveConfig } from '../home/config.ts';
import { homePaths } from '../home/home.ts';

export const configShow = defineCommand({
  name: 'config show',
  summary: 'show the configuration in effect and where each value comes from',
  details: [
    'A flag wins over the environment, the environment over config.toml, it over defaults.',
  ],
  examples: [
    'ztc config show --home acme',
    'ZTC_LOG_LEVEL=debug ztc config show --home acme --json',
  ],
  greedyArrays: true,
  positionals: {},
  options: {
    ...CONFIG_OPTIONS,
    home: { type: 'string', demandOption: true, describe: "the node's home", value: 'DIR' },
  },
  async run(args, io) {
    const file = homePaths(args.home).config;
    const entries = await resolveConfig({ file, env: io.env, flags: configFromFlags(args) });
    const width = Math.max(...entries.map(({ key }) => key.length));
    return {
      exit: EXIT.OK,
      result: { file, values: entries.map(({ key, value, from }) => ({ key, value, from })) },
      text: entries.map(
        ({ key, value, from }) => `${key.padEnd(width)}  ${JSON.stringify(value)}  (${from})`,
      ),
    };
  },
});
