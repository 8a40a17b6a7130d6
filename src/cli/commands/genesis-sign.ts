/** `ztc genesis sign`: a member's signature on the genesis, its vouch for all that is in it. */
import { equalBytes } from '../../common/bytes.ts';
import { encode } from '../../common/codec/index.ts';
import { verify } from '../../common/signature.ts';
import { type Genesis, type Member, memberSchema, signedGenesisBy } from '../../ledger/genesis.ts';
import { formatSignatureFile, type GenesisDocument } from '../../ledger/genesis-file.ts';
import { signersOf, verifyGenesis } from '../../ledger/genesis-signatures.ts';
import type { Signer } from '../../ledger/signing.ts';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { describeGenesis, readGenesisFile, signatureFileFor } from '../home/ceremony.ts';
import { writeNewFile } from '../home/files.ts';
import { homePaths, readHomeKey, readOwnRequest } from '../home/home.ts';
import { readMemberSigner } from '../keys/signing-key.ts';
import { type Io, note } from '../output.ts';

export const genesisSign = defineCommand({
  name: 'genesis sign',
  summary: "sign genesis.json with the home's member key",
  details: [
    'Shows the members, the quorum and the fingerprint, and refuses to sign if the own entry is',
    'not exactly what ztc init wrote. Compare the fingerprint with the other members by another',
    'way than the one the file came. Writes ID.sig.json beside the genesis. A successor is signed',
    'with the member key that stands in the genesis before, wherever that is kept.',
  ],
  examples: ['ztc genesis sign genesis.json --home acme'],
  positionals: {
    genesis: { describe: 'the file of genesis build', type: 'string', demandOption: true },
  },
  options: {
    home: { type: 'string', describe: "the member's home", value: 'DIR' },
    key: {
      type: 'string',
      env: false,
      describe: 'the member key, where it is not in the home; of a successor the one before',
      value: 'FILE',
    },
    out: { type: 'string', alias: 'o', env: false, describe: 'the file to write', value: 'FILE' },
  },
  async run({ genesis: file, home, key, out }, io) {
    const document = await readGenesisFile(file);
    const { genesis, chain } = document;
    const signer =
      genesis.predecessor === null
        ? await founder(genesis, file, { home: requireHome(home), key }, io)
        : await recoverer(document, file, home, key, io);
    const signature = await signedGenesisBy(genesis, signer.id, signer.signer);
    const target = out ?? signatureFileFor(file, signer.id);
    await writeNewFile(target, formatSignatureFile(chain, signature));
    const shown = describeGenesis(document);
    return {
      exit: EXIT.OK,
      result: { file: target, member: signer.id, ...shown.json },
      text: [
        ...shown.text,
        `signed as ${signer.id}: wrote ${target}; send it to the other members`,
      ],
    };
  },
});

interface MemberSigner {
  readonly id: string;
  readonly signer: Signer;
}

function requireHome(home: string | undefined): string {
  if (home !== undefined) return home;
  throw usageError('--home is missing', "it is the member's home");
}

/** The member of a home, whose entry in the genesis is its own. */
async function founder(
  genesis: Genesis,
  file: string,
  { home, key }: { readonly home: string; readonly key: string | undefined },
  io: Io,
): Promise<MemberSigner> {
  const paths = homePaths(home);
  const exposed = (name: string): void => note(io, `others can read ${name}: chmod 600 ${name}`);
  const from = key ?? paths.keys.member;
  const signer = await readMemberSigner(from, io);
  const nodeKeys = await readHomeKey(paths.keys.node, 'node', exposed);
  const { member: own } = await readOwnRequest(home, nodeKeys.publicKey);
  requireSameEntry(
    own,
    genesis.members.find(({ id }) => id === own.id),
    file,
  );
  if (!equalBytes(own.memberKey, signer.publicKey)) {
    throw entryError(`${from} is not the key of ${own.id}`);
  }
  return { id: own.id, signer };
}

/** Whose key this was in the genesis before. @throws CliError where that isn't gone on from */
async function recoverer(
  document: GenesisDocument,
  file: string,
  home: string | undefined,
  key: string | undefined,
  io: Io,
): Promise<MemberSigner> {
  const checked = verifyGenesis({ ...document, signatures: [] }, verify);
  if (!checked.ok && checked.code !== 'GENESIS_UNSIGNED') {
    throw new CliError(checked.code, `${file}: ${checked.message}`, { exit: EXIT.PROOF_INVALID });
  }
  const from = key ?? homePaths(requireHome(home)).keys.member;
  const signer = await readMemberSigner(from, io);
  const own = signersOf(document).members.find(({ memberKey }) =>
    equalBytes(memberKey, signer.publicKey),
  );
  if (own === undefined) {
    throw entryError(`${from} is no member key of the genesis before`);
  }
  return { id: own.id, signer };
}

function entryError(message: string): CliError {
  return new CliError('GENESIS_ENTRY', message, { exit: EXIT.USAGE });
}

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
