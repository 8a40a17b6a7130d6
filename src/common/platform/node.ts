/**
 * What the machine does faster than JavaScript, on Node. `browser.ts` beside it computes exactly
 * the same functions; package.json's `#platform` import picks one. This is the only file of
 * `common` with I/O-capable imports, and it uses none of them for I/O.
 */
import { hash } from 'node:crypto';
import sodium from 'sodium-native';

const HASH_BYTES = 32;

/** Through a string, since making a Buffer costs more than the hash of a short input. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const digest = hash('sha256', bytes, 'binary');
  const copied = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i++) copied[i] = digest.charCodeAt(i);
  return copied;
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
