/** `ztc genesis succeed`: the genesis that goes on where a chain lost the quorum for good. */
import { formatGenesisFile } from '../../ledger/genesis-file.ts';
import { signersOf } from '../../ledger/genesis-signatures.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { describeGenesis, readRequests } from '../home/ceremony.ts';
import { writeNewFile } from '../home/files.ts';
import { printable } from '../output.ts';
import { readTrust, trustedChain, trustFilePath } from '../trust/trust-file.ts';
import { collectHeads } from './recovery/heads.ts';
import { withLastState } from './recovery/last-state.ts';

export const genesisSucceed = defineCommand({
  name: 'genesis succeed',
  summary: 'make the genesis of a chain that goes on where this one lost its quorum for good',
  details: [
    'Where more validators are gone for good than a quorum can miss, nothing is final any more.',
    'A successor is a new chain that begins with the state after the last final block: publishers,',
    'statements, records and members stay. Run it on a survivor, its node stopped, and name the',
    'nodes of all others by --head: the highest final block has to be the own one. New entries of',
    'members (ID.member.json) give them new nodes; who has none, and is not kept by --keep, stays',
    'a member without a validator. The same input gives the same file everywhere. So many members',
    'of the old genesis sign it as that demands, with the keys that stand there.',
  ],
  examples: [
    'ztc genesis succeed bravo.member.json echo.member.json --home alpha --keep alpha',
    'ztc genesis succeed *.member.json --home a --keep alpha bravo --head http://10.0.0.2:7601',
  ],
  greedyArrays: true,
  positionals: {
    requests: {
      describe: 'entries of members with new nodes, and of new members (ID.member.json)',
      type: 'string',
      array: true,
    },
  },
  options: {
    home: { type: 'string', demandOption: true, describe: "a survivor's home", value: 'DIR' },
    head: {
      type: 'string',
      array: true,
      env: false,
      describe: 'nodes of the other survivors: what is final there',
      value: 'URL…',
    },
    keep: {
      type: 'string',
      array: true,
      env: false,
      describe: 'members whose validators go on as they are',
      value: 'ID…',
    },
    name: { type: 'string', env: false, describe: 'a label; else the old one', value: 'NAME' },
    out: {
      type: 'string',
      alias: 'o',
      env: false,
      default: 'successor.json',
      describe: 'the file to write',
      value: 'FILE',
    },
  },
  async run({ requests = [], home, head: urls = [], keep = [], name, out }, io) {
    const { members } = await readRequests(requests);
    const made = await withLastState(home, async (last) => {
      const heads = await collectHeads(urls, last, io);
      return {
        ...last.successor({ name, requests: members, keeps: keep }),
        heads,
        last: last.head,
      };
    });
    const { full, heads, last, validators } = made;
    const trusted = trustedChain(await readTrust(trustFilePath(io.env)), last.chain)?.head;
    const seen = trusted && trusted.height > last.height ? trusted.height : null;
    const heard = new Set([...keep, ...heads.flatMap(({ member }) => member ?? [])]);
    const silent = validators.filter((id) => !heard.has(id));
    await writeNewFile(out, formatGenesisFile(full));
    const shown = describeGenesis(full);
    const { needed, members: signers } = signersOf(full);
    return {
      exit: EXIT.OK,
      result: {
        file: out,
        ...shown.json,
        heads: heads.map(({ url, member, height }) => ({ url, member, height })),
        silent,
        lost: seen,
      },
      text: [
        ...shown.text,
        `heads        ${home}: block ${last.height}`,
        ...heads.map(({ url, height }) => `             ${printable(url)}: block ${height}`),
        ...lostText(last.height, silent, seen),
        `wrote ${out}`,
        `next: ${needed} of ${signers.map(({ id }) => id).join(', ')} run`,
        `      ztc genesis sign ${out} --key FILE, with the member keys of the old genesis`,
      ],
    };
  },
});

function lostText(height: number, silent: readonly string[], seen: number | null): string[] {
  const lines: string[] = [];
  if (silent.length > 0) {
    lines.push(`lost         what was final above block ${height} only with ${silent.join(', ')}`);
  }
  if (seen !== null) {
    lines.push(`lost         blocks ${height + 1} to ${seen}: the trust file here saw them final`);
  }
  return lines;
}
