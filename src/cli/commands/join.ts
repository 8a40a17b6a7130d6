/** `ztc join`: from an empty host to a node that follows, and says how it becomes a validator. */
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { readTextIfAny } from '../home/files.ts';
import { homePaths } from '../home/home.ts';
import { note } from '../output.ts';
import { init } from './init.ts';
import { ENDING_OPTIONS, NODE_OPTIONS, start } from './start.ts';

export const join = defineCommand({
  name: 'join',
  summary: 'join a running chain: make the home if there is none, sync, and vote once voted in',
  details: [
    'Makes the home like ztc init, where there is none, and starts the node like ztc start. It',
    'follows the chain without a vote. Send the home’s ID.member.json to a member, who puts it to',
    'the vote (ztc gov propose --put): once it is decided this node says that it is ready, and',
    'votes from the next epoch on, with no restart anywhere. A member has to let it in before that',
    'by its peer id (p2p.allow).',
  ],
  examples: [
    'ztc join --genesis genesis.json --p2p-peers /dns4/ztc.acme.example/tcp/7600 --home echo',
  ],
  greedyArrays: true,
  endsItself: true,
  positionals: {},
  options: {
    ...NODE_OPTIONS,
    genesis: {
      type: 'string',
      env: false,
      demandOption: true,
      describe: 'the genesis with the signatures of its members',
      value: 'FILE',
    },
    member: { type: 'string', env: false, describe: 'of a new home: the id', value: 'ID' },
    name: { type: 'string', env: false, describe: 'of a new home: the name', value: 'NAME' },
    announce: {
      type: 'string',
      array: true,
      env: false,
      describe: 'of a new home: where the others reach this node (multiaddrs)',
      value: 'ADDR…',
    },
    observer: { type: 'boolean', env: false, describe: 'of a new home: never vote' },
    ...ENDING_OPTIONS,
  },
  async run(args, io) {
    const { home, member, name, announce } = args;
    if ((await readTextIfAny(homePaths(home).config)) === undefined) {
      if (member === undefined || name === undefined || announce === undefined) {
        throw usageError(`${home} is no home yet`, 'to make it give --member, --name, --announce');
      }
      const made = await init.run(args as never, io);
      const { request, peerId } = made.result as { readonly request: string; peerId: string };
      note(io, `made ${home}; a member lets this node in by p2p.allow ${peerId}, and runs`);
      note(io, `  ztc gov propose --put ${request}`);
    }
    return start.run(args as never, io);
  },
});
