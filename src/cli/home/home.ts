/**
 * A node's home: its configuration, keys, genesis and data in one folder. Nothing in it is ever
 * overwritten; files with secrets are for their owner only.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { KeyPair } from '../../common/signature.ts';
import { type Member, type MemberRequest, ROLE } from '../../ledger/genesis.ts';
import { formatMemberRequest, signMemberRequest } from '../../ledger/requests.ts';
import { keySigner, type Signer } from '../../ledger/signing.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { generateKeyPair, type KeyPurpose, readStoredKey, writeKeyFile } from '../keys/key-file.ts';
import { type Asking, pairOf } from '../keys/unlock.ts';
import { formatConfigFile } from './config.ts';
import type { ConfigKey, ConfigValue } from './config-table.ts';
import { OWNER_ONLY, OWNER_ONLY_DIR, readText, writeNewFile } from './files.ts';
import { REQUEST_SUFFIX, requestsIn } from './requests.ts';

const TOKEN_BYTES = 32;
/** So much of a public key that no two keys of a home share it. */
const KEY_NAME_DIGITS = 18;

/** Where everything in a home stands. */
export interface HomePaths {
  readonly dir: string;
  readonly config: string;
  /** The signed genesis; there from the first start on. */
  readonly genesis: string;
  /** Where that of a chain goes which a successor took over. */
  readonly oldGenesis: (chain: Uint8Array) => string;
  readonly keys: { readonly [P in 'member' | 'validator' | 'node']: string };
  /** Where a validator key waits that is to follow the one in use. */
  readonly nextValidatorKey: string;
  /** Where a node key waits until the ledger lists it. */
  readonly nextNodeKey: string;
  /** Where one goes that was replaced. */
  readonly retiredKey: (of: 'validator' | 'node', publicKey: Uint8Array) => string;
  readonly chain: string;
  readonly consensus: string;
  readonly evidence: string;
  /** Of a voting key; beside the data, so that a lost or older copy of `consensus` is noticed. */
  readonly counter: (publicKey: Uint8Array) => string;
  readonly adminToken: string;
  /** Hashes of the tokens that `ztc token` made. */
  readonly tokens: string;
}

export function homePaths(dir: string): HomePaths {
  const at = (...parts: string[]): string => path.join(dir, ...parts);
  return {
    dir,
    config: at('config.toml'),
    genesis: at('genesis.json'),
    oldGenesis: (chain) => at(`genesis-${shortNameOf(chain)}.json`),
    keys: {
      member: at('keys', 'member.json'),
      validator: at('keys', 'validator.json'),
      node: at('keys', 'node.json'),
    },
    nextValidatorKey: at('keys', 'validator-next.json'),
    nextNodeKey: at('keys', 'node-next.json'),
    retiredKey: (of, key) => at('keys', `${of}-retired-${shortNameOf(key)}.json`),
    chain: at('data', 'chain'),
    consensus: at('data', 'consensus'),
    evidence: at('data', 'evidence'),
    counter: (key) => at('counters', shortNameOf(key)),
    adminToken: at('admin-token'),
    tokens: at('tokens.json'),
  };
}

function shortNameOf(publicKey: Uint8Array): string {
  return toHex(publicKey).slice(0, KEY_NAME_DIGITS);
}

export interface NewHome {
  readonly dir: string;
  readonly member: string;
  readonly name: string;
  readonly observer: boolean;
  readonly announce: readonly string[];
  readonly config: { readonly [K in ConfigKey]?: ConfigValue };
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  readonly makeCounter: MakeCounter;
  /** Who signs as the member, where that key is not to be in the home. */
  readonly memberSigner?: Signer | undefined;
}

/** Makes the counter of a new voting key, in a file. */
export type MakeCounter = (file: string) => Promise<void>;

/**
 * Makes a home: keys, configuration, admin token and the self-signed request for the genesis.
 *
 * @throws CliError HOME_EXISTS where a home is already, and ZtcError of the files
 */
export async function createHome(options: NewHome): Promise<{
  readonly paths: HomePaths;
  readonly request: MemberRequest;
  readonly requestFile: string;
}> {
  const paths = homePaths(options.dir);
  await mkdir(path.dirname(paths.keys.node), { recursive: true, mode: OWNER_ONLY_DIR });
  const present = await readdir(options.dir);
  const known = ['config.toml', 'genesis.json', 'data', 'admin-token'];
  const keyFiles = await readdir(path.dirname(paths.keys.node));
  const found = present.find((name) => known.includes(name)) ?? keyFiles[0];
  if (found !== undefined) {
    throw new CliError('HOME_EXISTS', `${options.dir} is a home already: it has ${found}`, {
      hint: 'choose another --home, or move this one away first',
      exit: EXIT.USAGE,
    });
  }
  const memberSigner = options.memberSigner ?? keySigner(await newKey(paths.keys.member, 'member'));
  const nodeKeys = await newNodeKey(paths.keys.node);
  const validatorKeys = options.observer
    ? undefined
    : await newValidatorKey(paths, paths.keys.validator, options.makeCounter);
  const member: Member = {
    id: options.member,
    name: options.name,
    memberKey: memberSigner.publicKey,
    role: options.observer ? ROLE.OBSERVER : ROLE.VALIDATOR,
    validatorKey: validatorKeys?.publicKey ?? null,
    nodeKey: nodeKeys.publicKey,
    announce: [...options.announce],
  };
  const own = [nodeKeys, ...(validatorKeys === undefined ? [] : [validatorKeys])];
  const signers = [memberSigner, ...own.map(keySigner)];
  const request = await signMemberRequest(options.now, member, signers);
  const requestFile = path.join(options.dir, options.member + REQUEST_SUFFIX);
  await writeNewFile(requestFile, formatMemberRequest(request));
  await writeNewFile(paths.adminToken, `${toHex(randomBytes(TOKEN_BYTES))}\n`, OWNER_ONLY);
  await writeNewFile(paths.config, formatConfigFile(options.config));
  return { paths, request, requestFile };
}

/**
 * A new voting key, and before it the counter that says that it has signed nothing yet: a running
 * node may find the key at any moment.
 *
 * @throws ZtcError KEY_FILE_EXISTS, KEY_FILE_WRITE
 */
export async function newValidatorKey(
  paths: HomePaths,
  file: string,
  makeCounter: MakeCounter,
): Promise<KeyPair> {
  const keys = generateKeyPair();
  const counter = paths.counter(keys.publicKey);
  await mkdir(path.dirname(counter), { recursive: true, mode: OWNER_ONLY_DIR });
  await makeCounter(counter);
  await writeKeyFile(file, { purpose: 'validator', publisher: undefined, keys });
  return keys;
}

export function newNodeKey(file: string): Promise<KeyPair> {
  return newKey(file, 'node');
}

async function newKey(file: string, purpose: KeyPurpose): Promise<KeyPair> {
  const keys = generateKeyPair();
  await writeKeyFile(file, { purpose, publisher: undefined, keys });
  return keys;
}

/** Reads one of a home's keys and checks what it is for. */
export async function readHomeKey(
  file: string,
  purpose: KeyPurpose,
  exposedNote: (file: string) => void,
  asking: Asking = { env: process.env },
): Promise<KeyPair> {
  const { exposed, ...key } = await readStoredKey(file);
  if (key.purpose !== purpose) {
    throw new CliError('KEY_FILE_INVALID', `${file} is a ${key.purpose} key, not a ${purpose} key`);
  }
  if (exposed) exposedNote(file);
  return pairOf(key, file, asking);
}

/** The request that `init` wrote: among the member files of the home the one with its node key. */
export async function findOwnRequest(
  dir: string,
  nodeKey: Uint8Array,
): Promise<MemberRequest | undefined> {
  return (await requestsIn(dir)).find(({ member }) => equalBytes(member.nodeKey, nodeKey));
}

/** @throws CliError HOME_REQUEST where it is missing */
export async function readOwnRequest(dir: string, nodeKey: Uint8Array): Promise<MemberRequest> {
  const found = await findOwnRequest(dir, nodeKey);
  if (found !== undefined) return found;
  throw new CliError('HOME_REQUEST', `${dir} has no ID${REQUEST_SUFFIX} with its own node key`, {
    hint: 'it is written by ztc init; copy it back',
    exit: EXIT.USAGE,
  });
}

/** The token that admin methods ask for. */
export async function readAdminToken(file: string): Promise<string> {
  const token = (await readText(file)).trim();
  if (token.length >= TOKEN_BYTES) return token;
  throw new CliError('ADMIN_TOKEN', `${file} holds no token of ${TOKEN_BYTES} characters or more`, {
    exit: EXIT.USAGE,
  });
}
