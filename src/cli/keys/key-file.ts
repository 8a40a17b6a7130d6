/**
 * Key files: one secret each, as versioned JSON that only its owner may read. Written once,
 * never over an existing file.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, stat, unlink } from 'node:fs/promises';
import { fromBase64url, toBase64url } from '../../common/bytes.ts';
import { ZtcError } from '../../common/errors.ts';
import {
  type KeyPair,
  keyPairOf,
  publicKeyToText,
  SECRET_KEY_BYTES,
} from '../../common/signature.ts';
import { ID_PATTERN } from '../../ledger/primitives.ts';

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

const OWNER_ONLY = 0o600;
const OTHERS_MASK = 0o077;
/** A key file is a few hundred bytes; more is something else. */
const KEY_FILE_BYTES_MAX = 16 * 1024;

const MEMBERS = new Set(['schema', 'purpose', 'publisher', 'publicKey', 'secretKey']);

/** A new random key pair. */
export function generateKeyPair(): KeyPair {
  return keyPairOf(new Uint8Array(randomBytes(SECRET_KEY_BYTES)));
}

/** The text of a key file. */
export function formatKeyFile(file: KeyFile): string {
  const document = {
    schema: KEY_SCHEMA,
    purpose: file.purpose,
    ...(file.publisher !== undefined && { publisher: file.publisher }),
    publicKey: publicKeyToText(file.keys.publicKey),
    secretKey: toBase64url(file.keys.secretKey),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Reads the text of a key file; messages name `origin` and never hold any of the text.
 *
 * @throws ZtcError KEY_FILE_INVALID
 */
export function parseKeyFile(text: string, origin: string): KeyFile {
  const refuse = (what: string): never => {
    throw new ZtcError('KEY_FILE_INVALID', `${origin} is not a key file: ${what}`, {
      hint: 'make one with: ztc key new FILE --publisher ID',
    });
  };
  const document = parseObject(text) ?? refuse('it is no JSON object');
  if (document.schema !== KEY_SCHEMA) {
    refuse(`its schema is not ${KEY_SCHEMA} (written by another version of ztc?)`);
  }
  if (Object.keys(document).some((name) => !MEMBERS.has(name))) refuse('it has unknown members');
  const purpose = KEY_PURPOSES.find((known) => known === document.purpose);
  if (purpose === undefined)
    return refuse('its purpose is none of publisher, member, validator, node');
  const { publisher, secretKey } = document;
  if (publisher !== undefined && !(typeof publisher === 'string' && ID_PATTERN.test(publisher))) {
    return refuse('its publisher is no id');
  }
  const secret = typeof secretKey === 'string' ? fromBase64url(secretKey) : undefined;
  if (secret?.length !== SECRET_KEY_BYTES) return refuse('its secret key is not 32 bytes');
  const keys = keyPairOf(secret);
  if (document.publicKey !== publicKeyToText(keys.publicKey)) {
    refuse('its public key does not belong to its secret key');
  }
  return { purpose, publisher, keys };
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

/**
 * Reads a key file. `exposed`: others on this machine may read it, which deserves a warning.
 *
 * @throws ZtcError KEY_FILE_UNREADABLE, KEY_FILE_INVALID
 */
export async function readKeyFile(file: string): Promise<KeyFile & { readonly exposed: boolean }> {
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
  return { ...parseKeyFile(text, file), exposed };
}

/**
 * Writes a new key file, readable by its owner only, and syncs it; an existing one stays as it is.
 *
 * @throws ZtcError KEY_FILE_EXISTS, KEY_FILE_WRITE
 */
export async function writeKeyFile(file: string, key: KeyFile): Promise<void> {
  let created = false;
  try {
    const handle = await open(file, 'wx', OWNER_ONLY);
    created = true;
    try {
      await handle.chmod(OWNER_ONLY);
      await handle.writeFile(formatKeyFile(key));
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
