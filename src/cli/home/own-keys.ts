/**
 * The keys of a home that its node has: `keys/validator.json` votes and `keys/node.json` names its
 * connections; `…-next.json` is to follow either. Once the ledger lists the next one, the old file
 * gets another name, and the next one its. Nothing is deleted.
 */
import { copyFile, mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { equalBytes } from '../../common/bytes.ts';
import type { KeyPair } from '../../common/signature.ts';
import { readStoredKey } from '../keys/key-file.ts';
import type { Asking } from '../keys/unlock.ts';
import { readTextIfAny, syncFolder } from './files.ts';
import { type HomePaths, readHomeKey } from './home.ts';

/** A voting key of a home. */
export interface HomeVotingKey {
  readonly pair: KeyPair;
  readonly counterFile: string;
}

/** The voting keys that are here: whether the ledger lists one of them is looked up as it runs. */
export async function readVotingKeys(
  paths: HomePaths,
  exposed: (file: string) => void,
  asking?: Asking,
): Promise<HomeVotingKey[]> {
  const files = [paths.keys.validator, paths.nextValidatorKey];
  const pairs = await keysIn(files, 'validator', exposed, asking);
  const found = pairs.map((pair) => ({ pair, counterFile: paths.counter(pair.publicKey) }));
  const [first] = found;
  if (first !== undefined) await mkdir(path.dirname(first.counterFile), { recursive: true });
  return found;
}

/** The node keys that are here: the one in use, and one that is to follow it. */
export function readNodeKeys(
  paths: HomePaths,
  exposed: (file: string) => void,
): Promise<KeyPair[]> {
  return keysIn([paths.keys.node, paths.nextNodeKey], 'node', exposed);
}

/** Those of the files that are there, in their order. */
async function keysIn(
  files: readonly string[],
  of: 'validator' | 'node',
  exposed: (file: string) => void,
  asking?: Asking,
): Promise<KeyPair[]> {
  const found: KeyPair[] = [];
  for (const file of files) {
    if ((await readTextIfAny(file)) === undefined) continue;
    found.push(await readHomeKey(file, of, exposed, asking));
  }
  return found;
}

/** The ledger lists this key now: where it is the next one, it takes the place of the old one. */
export function settleVotingKey(paths: HomePaths, listed: Uint8Array): Promise<void> {
  return settle(paths, 'validator', paths.nextValidatorKey, listed);
}

/** The network is under this key now: where it is the next one, it takes the old one's place. */
export function settleNodeKey(paths: HomePaths, listed: Uint8Array): Promise<void> {
  return settle(paths, 'node', paths.nextNodeKey, listed);
}

async function settle(
  paths: HomePaths,
  of: 'validator' | 'node',
  next: string,
  listed: Uint8Array,
): Promise<void> {
  const current = paths.keys[of];
  if ((await readTextIfAny(next)) === undefined) return;
  if (!equalBytes((await readStoredKey(next)).publicKey, listed)) return;
  if ((await readTextIfAny(current)) !== undefined) {
    const old = (await readStoredKey(current)).publicKey;
    // First a second name for the old one: a home without a node key would be none.
    await copyFile(current, paths.retiredKey(of, old));
  }
  await rename(next, current);
  await syncFolder(path.dirname(current));
}
