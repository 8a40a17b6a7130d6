/**
 * What the machine does faster than JavaScript, on Node. `browser.ts` beside it computes exactly
 * the same functions; package.json's `#platform` import picks one. This is the only file of
 * `common` with I/O-capable imports, and it uses none of them for I/O.
 */
import { hash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import sodium from 'sodium-native';
import { BASE64URL } from '../alphabet.ts';

const HASH_BYTES = 32;

/**
 * The digest, of bytes or of text in UTF-8, as a string of 32 characters below 256: a key for maps,
 * and cheap to make.
 */
export function sha256Text(input: Uint8Array | string): string {
  return hash('sha256', input, 'binary');
}

/** Through a string, since making a Buffer costs more than the hash of a short input. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const digest = sha256Text(bytes);
  const copied = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i++) copied[i] = digest.charCodeAt(i);
  return copied;
}

interface Latin1 {
  latin1Slice(this: Uint8Array, from: number, to: number): string;
  base64urlWrite(this: Uint8Array, text: string, at: number, count: number): number;
}
/** What Buffer's `toString` and `write` call; without a Buffer around the bytes. */
const { latin1Slice, base64urlWrite } = Buffer.prototype as unknown as Latin1;

/** A character below 256 for each byte from `from` up to `to`. */
export function latin1Text(bytes: Uint8Array, from: number, to: number): string {
  return latin1Slice.call(bytes, from, to);
}

/** RFC 4648 section 5 without padding; undefined for other characters or non-zero spare bits. */
export function fromBase64url(text: string): Uint8Array | undefined {
  // What writes bytes makes something of whatever it is given.
  if (!/^[\w-]*$/.test(text) || !LAST_ONES[text.length % 4]?.includes(text.slice(-1))) return;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  base64urlWrite.call(bytes, text, 0, bytes.length);
  return bytes;
}

/** Last characters with spare bits of zero, by how many there are beyond groups of four. */
const LAST_ONES = [BASE64URL, undefined, 'AQgw', 'AEIMQUYcgkosw048'];

/** In lower case. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** RFC 4648 section 5 without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}

/**
 * libsodium's Ed25519 check, which accepts a strict subset of ZIP-215: true is final, false is not.
 * Lengths must have been checked (32-byte key, 64-byte signature).
 */
export function verifyEd25519Subset(
  signature: Uint8Array,
  message: Uint8Array,
  key: Uint8Array,
): boolean {
  return sodium.crypto_sign_verify_detached(signature, message, key);
}

/** Exactly ZIP-215. @throws where a point does not decode */
export function verifyEd25519Complete(
  signature: Uint8Array,
  message: Uint8Array,
  key: Uint8Array,
): boolean {
  return ed25519.verify(signature, message, key, { zip215: true });
}

export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(seed);
}

/** libsodium's secret key is the seed with the public key behind it. */
const SODIUM_SECRET_BYTES = 64;
const SODIUM_PUBLIC_BYTES = 32;
const SODIUM_SIGNATURE_BYTES = 64;

/** By seed: deriving one takes as long as signing, and a node signs with the same few keys. */
const secretKeys = new WeakMap<Uint8Array, Uint8Array>();

/**
 * RFC 8032 from the 32-byte seed, which doesn't change. The public key is derived from it, never
 * given: signing with one that does not belong to the seed would give the seed away.
 */
export function signEd25519(message: Uint8Array, seed: Uint8Array): Uint8Array {
  const signature = new Uint8Array(SODIUM_SIGNATURE_BYTES);
  sodium.crypto_sign_detached(signature, message, secretKeyOf(seed));
  return signature;
}

function secretKeyOf(seed: Uint8Array): Uint8Array {
  const known = secretKeys.get(seed);
  if (known !== undefined) return known;
  const secretKey = new Uint8Array(SODIUM_SECRET_BYTES);
  sodium.crypto_sign_seed_keypair(new Uint8Array(SODIUM_PUBLIC_BYTES), secretKey, seed);
  secretKeys.set(seed, secretKey);
  return secretKey;
}
