/**
 * Secret keys under a passphrase: scrypt makes a key of it, XChaCha20-Poly1305 seals the secret,
 * bound to the public key and the purpose that stand beside it.
 */
import { randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { fromBase64url, toBase64url, utf8 } from '../../common/bytes.ts';
import { ZtcError } from '../../common/errors.ts';
import { type KeyPair, keyPairOf, publicKeyToText } from '../../common/signature.ts';

/** 128 MiB and about half a second: what a guess costs, too. */
const COST = { n: 2 ** 17, r: 8, p: 1 };
/** A file from elsewhere asks for no more: 1 GiB. */
const COST_MAX = { n: 2 ** 20, r: 8, p: 4 };
const SALT_BYTES = 16;
const NONCE_BYTES = 24;
const KEY_BYTES = 32;
const SEALED_BYTES = 48;
/** What scrypt needs beside its table. */
const MEMORY_SLACK_BYTES = 1024 * 1024;

/** As it stands in a key file. */
export interface Sealed {
  readonly kdf: 'scrypt';
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
  readonly cipher: 'xchacha20-poly1305';
  readonly nonce: string;
  readonly data: string;
}

/** What a sealed secret is bound to. */
export interface SealedFor {
  readonly purpose: string;
  readonly publicKey: Uint8Array;
}

function boundTo({ purpose, publicKey }: SealedFor): Uint8Array {
  return utf8(`ztc.key/v1 ${purpose} ${publicKeyToText(publicKey)}`);
}

export async function sealKey(keys: KeyPair, purpose: string, passphrase: string): Promise<Sealed> {
  const salt = new Uint8Array(randomBytes(SALT_BYTES));
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
  const key = await derive(passphrase, salt, COST);
  const bound = boundTo({ purpose, publicKey: keys.publicKey });
  const data = xchacha20poly1305(key, nonce, bound).encrypt(keys.secretKey);
  return {
    kdf: 'scrypt',
    ...COST,
    salt: toBase64url(salt),
    cipher: 'xchacha20-poly1305',
    nonce: toBase64url(nonce),
    data: toBase64url(data),
  };
}

/** @throws ZtcError PASSPHRASE where it is another one, or the file was changed */
export async function unsealKey(
  sealed: Sealed,
  to: SealedFor,
  passphrase: string,
): Promise<KeyPair> {
  const salt = fromBase64url(sealed.salt) as Uint8Array;
  const nonce = fromBase64url(sealed.nonce) as Uint8Array;
  const data = fromBase64url(sealed.data) as Uint8Array;
  const key = await derive(passphrase, salt, sealed);
  try {
    return keyPairOf(xchacha20poly1305(key, nonce, boundTo(to)).decrypt(data));
  } catch {
    throw new ZtcError('PASSPHRASE', 'the passphrase is not the one that the key was sealed with');
  }
}

/** The sealed secret in a document; undefined where it is none that this software opens. */
export function readSealed(value: unknown): Sealed | undefined {
  const sealed = Object(value) as { readonly [name: string]: unknown };
  const { kdf, n, r, p, salt, cipher, nonce, data } = sealed;
  const bytes = (text: unknown, length: number): boolean =>
    typeof text === 'string' && fromBase64url(text)?.length === length;
  const within = (cost: unknown, most: number): boolean =>
    typeof cost === 'number' && Number.isInteger(cost) && cost >= 1 && cost <= most;
  const isPower = typeof n === 'number' && n >= 2 && Number.isInteger(Math.log2(n));
  const holds =
    Object.keys(sealed).length === MEMBERS &&
    kdf === 'scrypt' &&
    cipher === 'xchacha20-poly1305' &&
    isPower &&
    within(n, COST_MAX.n) &&
    within(r, COST_MAX.r) &&
    within(p, COST_MAX.p) &&
    bytes(salt, SALT_BYTES) &&
    bytes(nonce, NONCE_BYTES) &&
    bytes(data, SEALED_BYTES);
  return holds ? (value as Sealed) : undefined;
}

const MEMBERS = 8;

function derive(
  passphrase: string,
  salt: Uint8Array,
  { n, r, p }: { readonly n: number; readonly r: number; readonly p: number },
): Promise<Uint8Array> {
  const options: ScryptOptions = {
    N: n,
    r,
    p,
    maxmem: 128 * n * r + 128 * p * r + MEMORY_SLACK_BYTES,
  };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, KEY_BYTES, options, (error, key) =>
      error === null ? resolve(new Uint8Array(key)) : reject(error),
    );
  });
}
