/** The genesis ceremony's files: reading requests, genesis and signatures, and signing. */
import path from 'node:path';
import { toHex } from '../../common/bytes.ts';
import type { Json } from '../../common/codec/index.ts';
import type { Result } from '../../common/result.ts';
import { verify } from '../../common/signature.ts';
import {
  chainOf,
  checkGenesis,
  type Genesis,
  type GenesisSignature,
  genesisValidators,
  type MemberRequest,
  type PublisherRequest,
} from '../../ledger/genesis.ts';
import { buildGenesis } from '../../ledger/genesis-build.ts';
import {
  type GenesisDocument,
  parseGenesisFile,
  parseSignatureFile,
  sealGenesis,
} from '../../ledger/genesis-file.ts';
import type { FullGenesis } from '../../ledger/genesis-signatures.ts';
import { votesNeeded } from '../../ledger/governance.ts';
import {
  DEFAULT_PARAMETERS,
  type Parameters,
  RECOVERY_VOTES_PERCENT,
} from '../../ledger/parameters.ts';
import {
  MEMBER_REQUEST_SCHEMA,
  PUBLISHER_REQUEST_SCHEMA,
  parseMemberRequest,
  parsePublisherRequest,
} from '../../ledger/requests.ts';
import { timeText } from '../../ledger/text.ts';
import { faultsTolerated, quorumOf } from '../../ledger/validators.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../output.ts';
import { readText } from './files.ts';
import { describeSuccession } from './successor.ts';

/** What is wrong with a signature or hash; other failures are mistakes in what was given. */
const PROOF_CODES = [
  'REQUEST_SIGNATURE',
  'GENESIS_SIGNATURE',
  'GENESIS_UNSIGNED',
  'GENESIS_CHAIN',
  'SUCCESSOR_CHAIN',
  'SUCCESSOR_FINALITY',
];

/** The value of a success; a failure names the file it is about. */
function valueOr<T>(file: string, result: Result<T>): T {
  if (result.ok) return result.value;
  const exit = PROOF_CODES.includes(result.code) ? EXIT.PROOF_INVALID : EXIT.USAGE;
  throw new CliError(result.code, `${file}: ${result.message}`, { exit });
}

/**
 * Reads request files of both kinds, in any order, with their signatures checked.
 *
 * @throws CliError INPUT_UNREADABLE, REQUEST_FILE, REQUEST_SIGNATURE
 */
export async function readRequests(
  files: readonly string[],
): Promise<{ readonly members: MemberRequest[]; readonly publishers: PublisherRequest[] }> {
  const members: MemberRequest[] = [];
  const publishers: PublisherRequest[] = [];
  for (const file of files) {
    const text = await readText(file);
    const schema = schemaOfText(text);
    if (schema === PUBLISHER_REQUEST_SCHEMA) {
      publishers.push(valueOr(file, parsePublisherRequest(text, verify)));
    } else if (schema === MEMBER_REQUEST_SCHEMA) {
      members.push(valueOr(file, parseMemberRequest(text, verify)));
    } else {
      throw new CliError('REQUEST_FILE', `${file} is no request of a member or publisher`, {
        exit: EXIT.USAGE,
        hint: 'members make theirs with ztc init, publishers with ztc publisher request',
      });
    }
  }
  return { members, publishers };
}

function schemaOfText(text: string): unknown {
  try {
    return (Object(JSON.parse(text)) as { readonly schema?: unknown }).schema;
  } catch {
    return undefined;
  }
}

/**
 * The genesis of these requests, with the default parameters.
 *
 * @param recovery more than so many percent of the members can found a successor
 * @throws CliError with a `GenesisBuildCode`
 */
export function genesisOf(
  name: string,
  members: readonly MemberRequest[],
  publishers: readonly PublisherRequest[],
  {
    changes = {},
    recovery = RECOVERY_VOTES_PERCENT,
  }: { readonly changes?: Partial<Parameters> | undefined; readonly recovery?: number } = {},
): Genesis {
  const parameters = { ...DEFAULT_PARAMETERS, ...changes };
  const inputs = { name, parameters, members, publishers };
  return valueOr('genesis', buildGenesis({ ...inputs, recoveryVotesPercent: recovery }));
}

/**
 * Reads a genesis file, signed or not, and checks the rules across its entries.
 *
 * @throws CliError INPUT_UNREADABLE, GENESIS_FILE, GENESIS_CHAIN, GENESIS_INVALID
 */
export async function readGenesisFile(file: string): Promise<GenesisDocument> {
  const document = valueOr(file, parseGenesisFile(await readText(file)));
  valueOr(file, checkGenesis(document.genesis));
  return document;
}

/**
 * Joins a genesis with its members' signatures: those in the file and those in `ID.sig.json` files.
 *
 * @throws CliError GENESIS_UNSIGNED, GENESIS_SIGNATURE, GENESIS_CHAIN, GENESIS_FILE
 */
export async function readSignedGenesis(
  file: string,
  signatureFiles: readonly string[],
): Promise<FullGenesis> {
  const { genesis, signatures, ancestors, chain } = await readGenesisFile(file);
  const all: GenesisSignature[] = [...signatures];
  for (const each of signatureFiles) {
    all.push(valueOr(each, parseSignatureFile(chain, await readText(each))));
  }
  return valueOr(file, sealGenesis(genesis, all, verify, ancestors));
}

/** What a signer has to look at: the members, the arithmetic, the fingerprint. */
export function describeGenesis(full: FullGenesis): {
  readonly json: {
    readonly name: string;
    readonly chain: string;
    readonly time: string;
    readonly members: readonly string[];
    readonly validators: number;
    readonly quorum: number;
    readonly faultsTolerated: number;
    readonly publishers: readonly string[];
    /** How many of these members can found a successor. */
    readonly recovery: number;
    readonly successor: Json;
  };
  readonly text: readonly string[];
} {
  const { genesis } = full;
  const validators = genesisValidators(genesis).length;
  const quorum = quorumOf(validators);
  const faults = faultsTolerated(validators);
  const recovery = votesNeeded(genesis.recoveryVotesPercent, genesis.members.length);
  const succession = describeSuccession(full);
  const fingerprint = toHex(chainOf(genesis));
  const time = timeText(genesis.time);
  const members = genesis.members.map(({ id, name, validatorKey }) => {
    const role = validatorKey === null ? 'observer ' : 'validator';
    return `  ${role}  ${id.padEnd(12)} ${printable(name)}`;
  });
  const publishers = genesis.publishers.map(
    ({ id, name, keys }) => `  ${id.padEnd(12)} ${printable(name)} (keys: ${keys.length})`,
  );
  return {
    json: {
      name: genesis.name,
      chain: `0x${fingerprint}`,
      time,
      members: genesis.members.map(({ id }) => id),
      validators,
      quorum,
      faultsTolerated: faults,
      publishers: genesis.publishers.map(({ id }) => id),
      recovery,
      successor: succession?.json ?? null,
    },
    text: [
      `chain        ${genesis.name}, ${time}`,
      `members      ${genesis.members.length}`,
      ...members,
      ...(publishers.length === 0 ? [] : [`publishers   ${publishers.length}`, ...publishers]),
      `quorum       ${quorum} of ${validators} validators; ${faults} may fail or lie (f)`,
      `recovery     any ${recovery} of these members can found a successor`,
      ...(succession?.text ?? []),
      `fingerprint  ${fingerprint}`,
    ],
  };
}

/** Beside the genesis, unless told otherwise. */
export function signatureFileFor(genesisFile: string, member: string): string {
  return path.join(path.dirname(genesisFile), `${member}.sig.json`);
}
