/** `ztc evidence verify`: does this prove that a validator contradicted itself? */

import { verify } from '../../common/signature.ts';
import { parseEvidenceFile } from '../../ledger/evidence-file.ts';
import { trustOf } from '../../ledger/finality.ts';
import type { SignedGenesis } from '../../ledger/genesis.ts';
import { followLinks } from '../../ledger/validator-links.ts';
import { defineCommand } from '../command.ts';
import { CliError } from '../errors.ts';
import { accusationJson, accusationText, checkEvidence } from '../evidence/check.ts';
import { EXIT } from '../exit-codes.ts';
import { readSignedGenesis } from '../home/ceremony.ts';
import { readText } from '../home/files.ts';
import { failedItem, outcomeOf } from '../items.ts';
import type { Io } from '../output.ts';
import { CHAIN_OPTIONS, selectChain } from '../trust/select.ts';
import { readTrust, trustFilePath } from '../trust/trust-file.ts';

export const evidenceVerify = defineCommand({
  name: 'evidence verify',
  summary: 'check proofs that validators contradicted themselves, without any node',
  details: [
    'Needs the genesis only: a file, or the chain in the trust file; later validators are proven',
    'from it by the links in the file. Exits 20 where a proof does not hold.',
  ],
  examples: ['ztc evidence verify acme.evidence.json --genesis genesis.json'],
  positionals: {
    file: { describe: 'the file of evidence list -o', type: 'string', demandOption: true },
  },
  options: {
    genesis: {
      type: 'string',
      describe: 'the genesis to trust, as a file (default: the trust file)',
      value: 'FILE',
    },
    ...CHAIN_OPTIONS,
  },
  async run({ file, genesis, chain }, io) {
    const trust = trustOf((await genesisOf(genesis, chain, io)).genesis);
    const read = parseEvidenceFile(await readText(file));
    if (!read.ok) throw new CliError(read.code, `${file}: ${read.message}`);
    const { evidence: proofs, links } = read.value;
    const followed = followLinks({ trust, links, verify });
    if (!followed.ok) throw new CliError(followed.code, `${file}: ${followed.message}`);
    const items = proofs.map((evidence, i) => {
      const input = `${file}, item ${i}`;
      try {
        const accused = checkEvidence(evidence, [trust, ...followed.value]);
        const json = accusationJson(evidence, accused);
        return { input, exit: EXIT.OK, json, text: [`proven: ${accusationText(accused)}`] };
      } catch (error) {
        return failedItem(input, error);
      }
    });
    return outcomeOf(items, { file });
  },
});

async function genesisOf(
  file: string | undefined,
  chain: string | undefined,
  io: Io,
): Promise<SignedGenesis> {
  if (file !== undefined) return readSignedGenesis(file, []);
  return selectChain(await readTrust(trustFilePath(io.env)), chain).signed;
}
