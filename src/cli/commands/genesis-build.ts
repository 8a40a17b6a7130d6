/** `ztc genesis build`: one genesis from the members' and publishers' requests. */
import { formatGenesisFile } from '../../ledger/genesis-file.ts';
import { RECOVERY_VOTES_PERCENT } from '../../ledger/parameters.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { describeGenesis, genesisOf, readRequests } from '../home/ceremony.ts';
import { writeNewFile } from '../home/files.ts';

export const genesisBuild = defineCommand({
  name: 'genesis build',
  summary: "make genesis.json from the members' and publishers' requests",
  details: [
    'Checks the signatures of every request and refuses ids and keys that occur twice. The same',
    'requests in any order give the same file, so everybody can build it and compare.',
  ],
  examples: ['ztc genesis build --name trust *.member.json --publisher acme.publisher.json'],
  greedyArrays: true,
  positionals: {
    requests: {
      describe: 'request files (ID.member.json; publishers too)',
      type: 'string',
      array: true,
      demandOption: true,
    },
  },
  options: {
    name: { type: 'string', demandOption: true, describe: 'a label for the chain', value: 'NAME' },
    publisher: {
      type: 'string',
      array: true,
      env: false,
      describe: 'requests of the first publishers (ID.publisher.json)',
      value: 'FILE…',
    },
    recovery: {
      type: 'string',
      env: false,
      default: String(RECOVERY_VOTES_PERCENT),
      describe: 'more than so many percent of these members can found a successor, for ever',
      value: 'PERCENT',
    },
    out: {
      type: 'string',
      alias: 'o',
      env: false,
      default: 'genesis.json',
      describe: 'the file to write',
      value: 'FILE',
    },
  },
  async run({ requests, name, publisher = [], recovery, out }) {
    const { members, publishers } = await readRequests([...requests, ...publisher]);
    const genesis = genesisOf(name, members, publishers, { recovery: Number(recovery) });
    await writeNewFile(out, formatGenesisFile({ genesis, signatures: [] }));
    const shown = describeGenesis({ genesis, signatures: [] });
    return {
      exit: EXIT.OK,
      result: { file: out, ...shown.json },
      text: [
        ...shown.text,
        `wrote ${out}`,
        `next: each member runs ztc genesis sign ${out} --home DIR`,
      ],
    };
  },
});
