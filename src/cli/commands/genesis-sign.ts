/** `ztc genesis sign`: a member's signature on the genesis, its vouch for all that is in it. */
import { equalBytes } from '../../common/bytes.ts';
import { encode } from '../../common/codec/index.ts';
import { type Member, memberSchema, signGenesis } from '../../ledger/genesis.ts';
import { formatSignatureFile } from '../../ledger/genesis-file.ts';
import { defineCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { describeGenesis, readGenesisFile, signatureFileFor } from '../home/ceremony.ts';
import { writeNewFile } from '../home/files.ts';
import { homePaths, readHomeKey, readOwnRequest } from '../home/home.ts';
import { note } from '../output.ts';

export const genesisSign = defineCommand({
  name: 'genesis sign',
  summary: "sign genesis.json with the home's member key",
  details: [
    'Shows the members, the quorum and the fingerprint, and refuses to sign if the own entry is',
    'not exactly what ztc init wrote. Compare the fingerprint with the other members by another',
    'way than the one the file came. Writes ID.sig.json beside the genesis.',
  ],
  examples: ['ztc genesis sign genesis.json --home acme'],
  positionals: {
    genesis: { describe: 'the file of genesis build', type: 'string', demandOption: true },
  },
  options: {
    home: { type: 'string', demandOption: true, describe: "the member's home", value: 'DIR' },
    out: { type: 'string', alias: 'o', env: false, describe: 'the file to write', value: 'FILE' },
  },
  async run({ genesis: file, home, out }, io) {
    const { genesis, chain } = await readGenesisFile(file);
    const paths = homePaths(home);
    const exposed = (name: string): void => note(io, `others can read ${name}: chmod 600 ${name}`);
    const memberKeys = await readHomeKey(paths.keys.member, 'member', exposed);
    const nodeKeys = await readHomeKey(paths.keys.node, 'node', exposed);
    const { member: own } = await readOwnRequest(home, nodeKeys.publicKey);
    requireSameEntry(
      own,
      genesis.members.find(({ id }) => id === own.id),
      file,
    );
    if (!equalBytes(own.memberKey, memberKeys.publicKey)) {
      throw new CliError('GENESIS_ENTRY', `${paths.keys.member} is not the key of ${own.id}`, {
        exit: EXIT.USAGE,
      });
    }
    const signature = signGenesis(genesis, own.id, memberKeys);
    const target = out ?? signatureFileFor(file, own.id);
    await writeNewFile(target, formatSignatureFile(chain, signature));
    const shown = describeGenesis(genesis);
    return {
      exit: EXIT.OK,
      result: { file: target, member: own.id, ...shown.json },
      text: [...shown.text, `signed as ${own.id}: wrote ${target}; send it to the other members`],
    };
  },
});

/** Nobody signs a genesis that says something else about himself than his own request. */
function requireSameEntry(own: Member, listed: Member | undefined, file: string): void {
  if (listed === undefined) {
    throw new CliError('GENESIS_ENTRY', `${file} does not list the member ${own.id}`, {
      hint: "give this home's ID.member.json to whoever builds the genesis",
      exit: EXIT.USAGE,
    });
  }
  if (equalBytes(encode(memberSchema, own), encode(memberSchema, listed))) return;
  const differing = (Object.keys(own) as (keyof Member)[]).filter(
    (field) => comparable(own[field]) !== comparable(listed[field]),
  );
  throw new CliError(
    'GENESIS_ENTRY',
    `${file} is not signed: its entry of ${own.id} has another ${differing.join(', ')}`,
    { hint: 'have the genesis built again from the right ID.member.json', exit: EXIT.USAGE },
  );
}

function comparable(value: Member[keyof Member]): string {
  return JSON.stringify(value instanceof Uint8Array ? [...value] : value);
}
