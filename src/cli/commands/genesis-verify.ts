/** `ztc genesis verify`: has every listed member signed this genesis, and nobody else? */
import { formatGenesisFile } from '../../ledger/genesis-file.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { describeGenesis, readSignedGenesis } from '../home/ceremony.ts';
import { writeNewFile } from '../home/files.ts';

export const genesisVerify = defineCommand({
  name: 'genesis verify',
  summary: "check a genesis and its members' signatures",
  details: [
    'Exit 0 only if every listed member signed; of a successor, as many members of the genesis',
    'before as that demands. With -o it writes one signed file.',
  ],
  examples: ['ztc genesis verify genesis.json *.sig.json -o signed.json'],
  positionals: {
    genesis: { describe: 'the file of genesis build', type: 'string', demandOption: true },
    signatures: { describe: 'ID.sig.json of every member', type: 'string', array: true },
  },
  options: {
    out: { type: 'string', alias: 'o', env: false, describe: 'the file to write', value: 'FILE' },
  },
  async run({ genesis: file, signatures = [], out }) {
    const signed = await readSignedGenesis(file, signatures);
    if (out !== undefined) await writeNewFile(out, formatGenesisFile(signed));
    const shown = describeGenesis(signed);
    const signers = signed.signatures.map(({ member }) => member);
    return {
      exit: EXIT.OK,
      result: { file: out ?? file, signatures: signers, ...shown.json },
      text: [
        ...shown.text,
        ...(signed.genesis.predecessor ? [] : [`signed by all ${signers.length} members`]),
        ...(out === undefined ? [] : [`wrote ${out}`]),
      ],
    };
  },
});
