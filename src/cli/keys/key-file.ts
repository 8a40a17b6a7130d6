/**
 * Key files: one key each, as versioned JSON that only its owner may read: the secret itself, the
 * secret under a passphrase, or the program that keeps it. Written once, never over an
 * existing file.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, stat, unlink } from 'node:fs/promises';
import { equalBytes, fromBase64url, toBase64url } from '../../common/bytes.ts';
import { ZtcError } from '../../common/errors.ts';
import {
  type KeyPair,
  keyPairOf,
  publicKeyFromText,
  publicKeyToText,
  SECRET_KEY_BYTES,
} from '../../common/signature.ts';
import { ID_PATTERN } from '../../ledger/primitives.ts';
import { OWNER_ONLY } from '../home/files.ts';
import type { SignerCommand } from './external-signer.ts';
import { readSealed, type Sealed } from './sealed-key.ts';

export const KEY_SCHEMA = 'ztc.key/v1';
export const KEY_PURPOSES = ['publisher', 'member', 'validator', 'node'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** A key with what it is for. */
export interface KeyFile {
  readonly purpose: KeyPurpose;
  /** The publisher whose key it is, where the file says so. */
  readonly publisher: string | undefined;
  readonly keys: KeyPair;
}

/** A key as its file has it. */
export interface StoredKey {
  readonly purpose: KeyPurpose;
  readonly publisher: string | undefined;
  readonly publicKey: Uint8Array;
  readonly secret:
    | { readonly kind: 'plain'; readonly keys: KeyPair }
    | { readonly kind: 'sealed'; readonly sealed: Sealed }
    | { readonly kind: 'external'; readonly command: SignerCommand };
}

const OTHERS_MASK = 0o077;
/** A key file is a few hundred bytes; more is something else. */
const KEY_FILE_BYTES_MAX = 16 * 1024;

const MEMBERS = new Set(['schema', 'purpose', 'publisher', 'publicKey']);
/** One of them says where the secret is. */
const SECRET_MEMBERS = ['secretKey', 'encrypted', 'signer'] as const;
const SIGNER_WORDS_MAX = 64;

/** A new random key pair. */
export function generateKeyPair(): KeyPair {
  return keyPairOf(new Uint8Array(randomBytes(SECRET_KEY_BYTES)));
}

/** The text of a key file. */
export function formatKeyFile({ purpose, publisher, keys }: KeyFile): string {
  const secret = { kind: 'plain', keys } as const;
  return formatStoredKey({ purpose, publisher, publicKey: keys.publicKey, secret });
}

export function formatStoredKey({ purpose, publisher, publicKey, secret }: StoredKey): string {
  const document = {
    schema: KEY_SCHEMA,
    purpose,
    ...(publisher !== undefined && { publisher }),
    publicKey: publicKeyToText(publicKey),
    ...(secret.kind === 'plain' && { secretKey: toBase64url(secret.keys.secretKey) }),
    ...(secret.kind === 'sealed' && { encrypted: secret.sealed }),
    ...(secret.kind === 'external' && { signer: secret.command }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * As `parseStoredKey`, of a file that holds the secret itself.
 *
 * @throws ZtcError KEY_FILE_INVALID, KEY_LOCKED
 */
export function parseKeyFile(text: string, origin: string): KeyFile {
  return plain(parseStoredKey(text, origin), origin);
}

function plain({ purpose, publisher, secret }: StoredKey, origin: string): KeyFile {
  if (secret.kind === 'plain') return { purpose, publisher, keys: secret.keys };
  throw new ZtcError('KEY_LOCKED', `${origin} doesn't hold the secret key itself`);
}

/**
 * Reads the text of a key file; messages name `origin` and never hold any of the text.
 *
 * @throws ZtcError KEY_FILE_INVALID
 */
export function parseStoredKey(text: string, origin: string): StoredKey {
  const refuse = (what: string): never => {
    throw new ZtcError('KEY_FILE_INVALID', `${origin} is not a key file: ${what}`, {
      hint: 'make one with: ztc key new FILE --publisher ID',
    });
  };
  const document = parseObject(text) ?? refuse('it is no JSON object');
  if (document.schema !== KEY_SCHEMA) {
    refuse(`its schema is not ${KEY_SCHEMA} (written by another version of ztc?)`);
  }
  const held = SECRET_MEMBERS.filter((name) => document[name] !== undefined);
  const known = (name: string): boolean => MEMBERS.has(name) || held.some((each) => each === name);
  if (!Object.keys(document).every(known)) refuse('it has unknown members');
  if (held.length !== 1) refuse('it holds no secret key, or several');
  const purpose = KEY_PURPOSES.find((known) => known === document.purpose);
  if (purpose === undefined)
    return refuse('its purpose is none of publisher, member, validator, node');
  const { publisher } = document;
  if (publisher !== undefined && !(typeof publisher === 'string' && ID_PATTERN.test(publisher))) {
    return refuse('its publisher is no id');
  }
  const key = publicKeyFromText(String(document.publicKey));
  const secret = secretOf(document, refuse);
  if (!key.ok || (secret.kind === 'plain' && !equalBytes(secret.keys.publicKey, key.value))) {
    return refuse('its public key does not belong to its secret key');
  }
  return { purpose, publisher, publicKey: key.value, secret };
}

function secretOf(
  { secretKey, encrypted, signer }: { readonly [name: string]: unknown },
  refuse: (what: string) => never,
): StoredKey['secret'] {
  if (encrypted !== undefined) {
    const sealed = readSealed(encrypted) ?? refuse('its secret is not encrypted as ztc does it');
    return { kind: 'sealed', sealed };
  }
  if (signer !== undefined) {
    const isCommand =
      Array.isArray(signer) &&
      signer.length > 0 &&
      signer.length <= SIGNER_WORDS_MAX &&
      signer.every((word) => typeof word === 'string');
    if (!isCommand) refuse('its signer is no program with arguments');
    return { kind: 'external', command: signer as unknown as SignerCommand };
  }
  const secret = typeof secretKey === 'string' ? fromBase64url(secretKey) : undefined;
  if (secret?.length !== SECRET_KEY_BYTES) return refuse('its secret key is not 32 bytes');
  return { kind: 'plain', keys: keyPairOf(secret) };
}

function parseObject(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as { readonly [name: string]: unknown })
      : undefined;
  } catch {
    return undefined;
  }
}

/** As `readStoredKey`, of a file that holds the secret itself. @throws ZtcError KEY_LOCKED */
export async function readKeyFile(file: string): Promise<KeyFile & { readonly exposed: boolean }> {
  const { exposed, ...stored } = await readStoredKey(file);
  return { ...plain(stored, file), exposed };
}

/**
 * Reads a key file. `exposed`: others on this machine may read it, which deserves a warning.
 *
 * @throws ZtcError KEY_FILE_UNREADABLE, KEY_FILE_INVALID
 */
export async function readStoredKey(
  file: string,
): Promise<StoredKey & { readonly exposed: boolean }> {
  let text: string;
  let mode: number;
  try {
    const info = await stat(file);
    mode = info.mode;
    if (!info.isFile() && !info.isFIFO() && !info.isCharacterDevice()) {
      throw new Error('it is not a file');
    }
    if (info.size > KEY_FILE_BYTES_MAX) throw new Error('it is too large');
    text = await readFile(file, 'utf8');
  } catch (error) {
    const reason = (error as Error).message;
    throw new ZtcError('KEY_FILE_UNREADABLE', `can't read the key file ${file}: ${reason}`, {
      hint: 'make one with: ztc key new FILE --publisher ID',
      cause: error,
    });
  }
  const exposed = process.platform !== 'win32' && (mode & OTHERS_MASK) !== 0;
  return { ...parseStoredKey(text, file), exposed };
}

/**
 * Writes a new key file, readable by its owner only, and syncs it; an existing one stays as it is.
 *
 * @throws ZtcError KEY_FILE_EXISTS, KEY_FILE_WRITE
 */
export function writeKeyFile(file: string, key: KeyFile): Promise<void> {
  return writeNewKey(file, formatKeyFile(key));
}

/** As `writeKeyFile`, of any kind. */
export function writeStoredKey(file: string, key: StoredKey): Promise<void> {
  return writeNewKey(file, formatStoredKey(key));
}

async function writeNewKey(file: string, text: string): Promise<void> {
  let created = false;
  try {
    const handle = await open(file, 'wx', OWNER_ONLY);
    created = true;
    try {
      await handle.chmod(OWNER_ONLY);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new ZtcError('KEY_FILE_EXISTS', `${file} exists already and is never overwritten`, {
        hint: 'choose another name, or move the old key away first',
      });
    }
    if (created) await unlink(file).catch(() => undefined);
    const reason = (error as Error).message;
    throw new ZtcError('KEY_FILE_WRITE', `can't write the key file ${file}: ${reason}`, {
      cause: error,
    });
  }
}
