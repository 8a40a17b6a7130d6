/** Reading a home for its node to start: genesis, keys and who it is in the genesis. */
import { mkdir } from 'node:fs/promises';
import { equalBytes, toHex } from '../../common/bytes.ts';
import { type KeyPair, publicKeyToText } from '../../common/signature.ts';
import { chainOf, type Member, type SignedGenesis } from '../../ledger/genesis.ts';
import { formatGenesisFile } from '../../ledger/genesis-file.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readSignedGenesis } from './ceremony.ts';
import { readTextIfAny, writeNewFile } from './files.ts';
import { type HomePaths, homePaths, readAdminToken, readHomeKey } from './home.ts';

/** All that a node needs from its home but the configuration. */
export interface LoadedHome {
  readonly paths: HomePaths;
  readonly genesis: SignedGenesis;
  /** This node's entry; undefined for a node that only joins. */
  readonly member: Member | undefined;
  readonly nodeKeys: KeyPair;
  /** Undefined where this node has no vote. */
  readonly validatorKeys: KeyPair | undefined;
  readonly adminToken: string;
}

export interface LoadOptions {
  readonly dir: string;
  /** Given at the first start; copied into the home. */
  readonly genesis: string | undefined;
  readonly signatures: readonly string[];
  readonly warn: (message: string) => void;
}

/**
 * Reads a home and makes the folders of its data.
 *
 * @throws CliError with the remedy: no home, no genesis, signatures missing, keys of others
 */
export async function loadHome(options: LoadOptions): Promise<LoadedHome> {
  const loaded = await readHome(options);
  await mkdir(loaded.paths.chain, { recursive: true });
  await mkdir(loaded.paths.consensus, { recursive: true });
  return loaded;
}

/** The same without making folders; writes nothing where no genesis is given. */
export async function readHome({
  dir,
  genesis,
  signatures,
  warn,
}: LoadOptions): Promise<LoadedHome> {
  const paths = homePaths(dir);
  if ((await readTextIfAny(paths.keys.node)) === undefined) {
    throw new CliError('HOME_MISSING', `${dir} is no home of a node: it has no keys/node.json`, {
      hint: 'make one with: ztc init --member ID --name NAME --announce ADDR --home DIR',
      exit: EXIT.USAGE,
    });
  }
  const signed = await takeGenesis(paths, genesis, signatures);
  const exposed = (file: string): void => warn(`others can read ${file}: chmod 600 ${file}`);
  const nodeKeys = await readHomeKey(paths.keys.node, 'node', exposed);
  const member = signed.genesis.members.find(({ nodeKey }) =>
    equalBytes(nodeKey, nodeKeys.publicKey),
  );
  const validatorKeys = await readVoteKeys(paths, member, exposed);
  const adminToken = await readAdminToken(paths.adminToken);
  return { paths, genesis: signed, member, nodeKeys, validatorKeys, adminToken };
}

/** The home's genesis; at the first start the given one, checked and copied. */
async function takeGenesis(
  paths: HomePaths,
  given: string | undefined,
  signatures: readonly string[],
): Promise<SignedGenesis> {
  const present = (await readTextIfAny(paths.genesis)) !== undefined;
  if (!present && given === undefined) {
    throw new CliError('GENESIS_MISSING', `${paths.dir} has no genesis.json yet`, {
      hint: `ztc start --home ${paths.dir} --genesis genesis.json --signatures *.sig.json`,
      exit: EXIT.USAGE,
    });
  }
  if (given === undefined) return readSignedGenesis(paths.genesis, []);
  const offered = await readSignedGenesis(given, signatures);
  if (!present) {
    await writeNewFile(paths.genesis, formatGenesisFile(offered));
    return offered;
  }
  const own = await readSignedGenesis(paths.genesis, []);
  if (equalBytes(chainOf(own.genesis), chainOf(offered.genesis))) return own;
  throw new CliError(
    'GENESIS_MISMATCH',
    `${paths.dir} belongs to the chain ${toHex(chainOf(own.genesis))}, not to that of ${given}`,
  );
}

/** The validator key, which has to be the one in the genesis; none for observers. */
async function readVoteKeys(
  paths: HomePaths,
  member: Member | undefined,
  exposed: (file: string) => void,
): Promise<KeyPair | undefined> {
  const listed = member?.validatorKey;
  if (listed === undefined || listed === null) return undefined;
  const keys = await readHomeKey(paths.keys.validator, 'validator', exposed);
  if (equalBytes(keys.publicKey, listed)) return keys;
  throw new CliError(
    'VALIDATOR_KEY',
    `${paths.keys.validator} is not the key of ${member?.id} in the genesis`,
    { hint: `the genesis lists ${publicKeyToText(listed)}`, exit: EXIT.USAGE },
  );
}
