/** Reading a home for its node to start: genesis, keys and who it is in the genesis. */
import { mkdir, rename } from 'node:fs/promises';
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { KeyPair } from '../../common/signature.ts';
import { chainOf } from '../../ledger/genesis.ts';
import { formatGenesisFile } from '../../ledger/genesis-file.ts';
import { type FullGenesis, predecessorOf } from '../../ledger/genesis-signatures.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { readSignedGenesis } from './ceremony.ts';
import { readTextIfAny, writeNewFile } from './files.ts';
import { findOwnRequest, type HomePaths, homePaths, readAdminToken, readHomeKey } from './home.ts';
import {
  type HomeVotingKey,
  readNodeKeys,
  readVotingKeys,
  settleNodeKey,
  settleVotingKey,
} from './own-keys.ts';

/** All that a node needs from its home but the configuration. */
export interface LoadedHome {
  readonly paths: HomePaths;
  readonly genesis: FullGenesis;
  /** Member id; undefined for a node that is nobody's. */
  readonly member: string | undefined;
  /** Of `keys/node.json`. */
  readonly nodeKeys: KeyPair;
  /** Those and the next ones, read as often as asked. */
  readonly nodeKeyStore: {
    read(): Promise<readonly KeyPair[]>;
    settle(listed: Uint8Array): Promise<void>;
  };
  /** The voting keys, read as often as asked: one may come while the node runs. */
  readonly validatorKeys: {
    read(): Promise<readonly HomeVotingKey[]>;
    settle(listed: Uint8Array): Promise<void>;
  };
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
  const member = await memberIdOf(paths, signed, nodeKeys);
  const validatorKeys = {
    read: () => readVotingKeys(paths, exposed),
    settle: (listed: Uint8Array) => settleVotingKey(paths, listed),
  };
  const nodeKeyStore = {
    read: () => readNodeKeys(paths, exposed),
    settle: (listed: Uint8Array) => settleNodeKey(paths, listed),
  };
  const adminToken = await readAdminToken(paths.adminToken);
  return { paths, genesis: signed, member, nodeKeys, nodeKeyStore, validatorKeys, adminToken };
}

/** The home's genesis; at the first start the given one, checked and copied; or its successor. */
async function takeGenesis(
  paths: HomePaths,
  given: string | undefined,
  signatures: readonly string[],
): Promise<FullGenesis> {
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
  if (isSuccessor(offered, own)) {
    await rename(paths.genesis, paths.oldGenesis(chainOf(own.genesis)));
    await writeNewFile(paths.genesis, formatGenesisFile(offered));
    return offered;
  }
  throw new CliError(
    'GENESIS_MISMATCH',
    `${paths.dir} belongs to the chain ${toHex(chainOf(own.genesis))}, not to that of ${given}`,
  );
}

/** Whether one goes on from where the other's chain lost its quorum. */
function isSuccessor(offered: FullGenesis, own: FullGenesis): boolean {
  const before = predecessorOf(offered);
  return before !== undefined && equalBytes(chainOf(before.genesis), chainOf(own.genesis));
}

/** Who this node is: by the genesis, or by the request that asks for a place on the ledger. */
async function memberIdOf(
  paths: HomePaths,
  { genesis }: FullGenesis,
  nodeKeys: KeyPair,
): Promise<string | undefined> {
  const { publicKey } = nodeKeys;
  const listed = genesis.members.find(({ nodeKey }) => equalBytes(nodeKey, publicKey));
  if (listed !== undefined) return listed.id;
  return (await findOwnRequest(paths.dir, publicKey))?.member.id;
}
