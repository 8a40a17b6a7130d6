/**
 * The trust file: the chains and publishers that this user decided to trust, and the newest head
 * verified of each chain. Hints (how high we wrote) stand apart: they are never trust.
 *
 * Several processes may change it at once: each takes a lock file, reads anew, changes, and
 * replaces the file by an atomic rename, so no change is lost and no reader sees half a file.
 */
import { mkdir, open, stat, unlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { equalBytes } from '../../common/bytes.ts';
import {
  bytesUpTo,
  fromJson,
  list,
  nullable,
  type TypeOf,
  text,
  toJson,
  tuple,
  uint,
} from '../../common/codec/index.ts';
import { fullGenesisSchema } from '../../ledger/genesis-signatures.ts';
import { type Checkpoint, checkpointHeader, checkpointSchema } from '../../ledger/light-client.ts';
import { hash, height, id, time } from '../../ledger/primitives.ts';
import { CliError } from '../errors.ts';
import { OWNER_ONLY, OWNER_ONLY_DIR, readTextIfAny, replaceFile } from '../home/files.ts';
import type { Io } from '../output.ts';

export const TRUST_SCHEMA = 'ztc.trust/v4';
/** Had no revocation lists, … */
const THIRD_SCHEMA = 'ztc.trust/v3';
/** … no roots, … */
const SECOND_SCHEMA = 'ztc.trust/v2';
/** … and no checkpoints. */
const FIRST_SCHEMA = 'ztc.trust/v1';

/** More consortia than anyone follows from one account. */
export const CHAINS_MAX = 64;
export const URLS_MAX = 16;
export const PINNED_MAX = 1_000;
/** Of chains that were written to without being pinned, such as devnets; the oldest go first. */
export const HINTS_MAX = 32;
/** Every authority that signs code for anybody is a hundred or so. */
export const ROOTS_MAX = 256;
export const ROOT_BYTES_MAX = 16 * 1024;
/** One of each authority that issues certificates for signing code to one's publishers. */
export const REVOCATION_LISTS_MAX = 32;
/** Some ten thousand entries. */
export const REVOCATION_LIST_BYTES_MAX = 512 * 1024;
const URL_BYTES_MAX = 1024;

const headSchema = tuple({ height, time, hash });

const chainSchema = tuple({
  chain: hash,
  signed: fullGenesisSchema,
  urls: list(text(URL_BYTES_MAX), URLS_MAX),
  /** The newest head verified; what is below is stale. */
  head: nullable(headSchema),
  publishers: list(id, PINNED_MAX),
  /** Where `ztc light` proved to be; answers are held against its validators. */
  checkpoint: nullable(checkpointSchema),
});

const trustSchema = tuple({
  schema: text(TRUST_SCHEMA.length, /^ztc\.trust\/v4$/),
  chains: list(chainSchema, CHAINS_MAX),
  hints: list(tuple({ chain: hash, height: uint() }), HINTS_MAX),
  /** Certificates in DER: what X.509 signatures beside statements have to lead to. */
  roots: list(bytesUpTo(ROOT_BYTES_MAX), ROOTS_MAX),
  /** Of their authorities, in DER; the newest of each. */
  revocationLists: list(bytesUpTo(REVOCATION_LIST_BYTES_MAX), REVOCATION_LISTS_MAX),
});

export type TrustedHead = TypeOf<typeof headSchema>;
export type TrustedChain = TypeOf<typeof chainSchema>;
export type Trust = TypeOf<typeof trustSchema>;

const NO_TRUST: Trust = {
  schema: TRUST_SCHEMA,
  chains: [],
  hints: [],
  roots: [],
  revocationLists: [],
};

const LOCK_RETRY_MS = 10;
/** A change takes milliseconds: a lock this old belongs to a process that died. */
const LOCK_AGE_MAX_MS = 5_000;
const LOCK_WAIT_MAX_MS = 10_000;

/** Where the trust file is: ZTC_TRUST, or below the user's configuration folder. */
export function trustFilePath(env: Io['env']): string {
  if (env.ZTC_TRUST) return env.ZTC_TRUST;
  const config = env.XDG_CONFIG_HOME || path.join(env.HOME ?? os.homedir(), '.config');
  return path.join(config, 'ztc', 'trust.json');
}

/** Reads the trust file; a missing one trusts nobody. @throws CliError TRUST_FILE */
export async function readTrust(file: string): Promise<Trust> {
  let content: string | undefined;
  try {
    content = await readTextIfAny(file);
  } catch (error) {
    throw trustError(file, (error as Error).message, error);
  }
  if (content === undefined) return NO_TRUST;
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch (error) {
    throw trustError(file, 'it is no JSON', error);
  }
  const read = fromJson(trustSchema, upgraded(document));
  if (!read.ok) throw trustError(file, `${read.message} (written by another version of ztc?)`);
  return read.value;
}

/** A trust file of before, as it is written now. */
function upgraded(document: unknown): unknown {
  const { schema, chains, roots, ...rest } = Object(document) as {
    readonly [name: string]: unknown;
  };
  const before = [FIRST_SCHEMA, SECOND_SCHEMA, THIRD_SCHEMA];
  if (!before.some((each) => each === schema)) return document;
  const isFirst = schema === FIRST_SCHEMA && Array.isArray(chains);
  const entries = isFirst ? chains.map((each) => ({ ...Object(each), checkpoint: null })) : chains;
  const had = schema === THIRD_SCHEMA ? roots : [];
  return { schema: TRUST_SCHEMA, chains: entries, ...rest, roots: had, revocationLists: [] };
}

function trustError(file: string, what: string, cause?: unknown): CliError {
  return new CliError('TRUST_FILE', `the trust file ${file} can't be used: ${what}`, {
    hint: 'mend it or move it away, then add the chains anew: ztc trust add URL --fingerprint HEX',
    cause,
  });
}

/** Changes the trust file under its lock and gives what it is then. @throws CliError TRUST_FILE */
export async function updateTrust(file: string, change: (trust: Trust) => Trust): Promise<Trust> {
  const lock = `${file}.lock`;
  await takeLock(file, lock);
  try {
    const before = await readTrust(file);
    const after = change(before);
    if (after !== before) await replace(file, after);
    return after;
  } finally {
    await unlink(lock).catch(() => undefined);
  }
}

async function replace(file: string, trust: Trust): Promise<void> {
  const text = `${JSON.stringify(toJson(trustSchema, trust), null, 2)}\n`;
  try {
    await replaceFile(file, text, OWNER_ONLY);
  } catch (error) {
    const { cause } = error as Error;
    throw trustError(file, (cause as Error).message, cause);
  }
}

async function takeLock(file: string, lock: string): Promise<void> {
  const started = performance.now();
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: OWNER_ONLY_DIR });
    while (!(await tryLock(lock))) {
      if (performance.now() - started > LOCK_WAIT_MAX_MS) {
        throw new Error(`another process keeps ${lock}`);
      }
      await sleep(LOCK_RETRY_MS);
    }
  } catch (error) {
    throw trustError(file, (error as Error).message, error);
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', OWNER_ONLY)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const age = await stat(lock).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (age > LOCK_AGE_MAX_MS) await unlink(lock).catch(() => undefined);
  return false;
}

/** The entry of a chain. */
export function trustedChain(trust: Trust, chain: Uint8Array): TrustedChain | undefined {
  return trust.chains.find((entry) => equalBytes(entry.chain, chain));
}

/** With one chain's entry replaced; the same object where nothing changes. */
export function withChain(
  trust: Trust,
  chain: Uint8Array,
  change: (entry: TrustedChain) => TrustedChain,
): Trust {
  const entry = trustedChain(trust, chain);
  const changed = entry && change(entry);
  if (changed === undefined || changed === entry) return trust;
  return { ...trust, chains: trust.chains.map((each) => (each === entry ? changed : each)) };
}

/** The higher of the heads is kept: what another process verified meanwhile is not lost. */
export function withHead(trust: Trust, chain: Uint8Array, head: TrustedHead): Trust {
  return withChain(trust, chain, (entry) =>
    (entry.head?.height ?? -1) >= head.height ? entry : { ...entry, head },
  );
}

/** The newer of the checkpoints is kept: it never goes back. */
export function withCheckpoint(trust: Trust, chain: Uint8Array, checkpoint: Checkpoint): Trust {
  const heightOf = (of: Checkpoint | null): number => (of && checkpointHeader(of)?.height) ?? -1;
  return withChain(trust, chain, (entry) =>
    heightOf(entry.checkpoint) >= heightOf(checkpoint) ? entry : { ...entry, checkpoint },
  );
}

/** How high this user wrote: reading commands ask for at least that. */
export function hintOf(trust: Trust, chain: Uint8Array): number {
  return trust.hints.find((hint) => equalBytes(hint.chain, chain))?.height ?? 0;
}

export function withHint(trust: Trust, chain: Uint8Array, height: number): Trust {
  if (hintOf(trust, chain) >= height) return trust;
  const others = trust.hints.filter((hint) => !equalBytes(hint.chain, chain));
  return { ...trust, hints: [{ chain, height }, ...others].slice(0, HINTS_MAX) };
}
