/**
 * Ed25519 with exactly ZIP-215 semantics (https://zips.z.cash/zip-0215): nodes that disagree about
 * one signature fork. Keys and signatures carry an algorithm byte in front (1 = Ed25519).
 */
import {
  ed25519PublicKey,
  signEd25519,
  verifyEd25519Complete,
  verifyEd25519Subset,
} from '#platform';
import { concat, fromBase64url, toBase64url } from './bytes.ts';
import { failure, type Result, success } from './result.ts';

export const ALGORITHM_ED25519 = 1;
export const PUBLIC_KEY_BYTES = 33;
export const SIGNATURE_BYTES = 65;
export const SECRET_KEY_BYTES = 32;

const ALGORITHM_PREFIX = Uint8Array.of(ALGORITHM_ED25519);
const TEXT_PREFIX = 'ed25519:';

/** Checks a signature (65 bytes) by a public key (33 bytes) over `message`. */
export type Verify = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean;

/** What one signature is checked by. */
export interface SignatureCheck {
  readonly signature: Uint8Array;
  /** What is signed: always a domain hash. */
  readonly message: Uint8Array;
  readonly key: Uint8Array;
}

/** The consensus rule. The native check accepts a subset of ZIP-215; after its no noble decides. */
export const verify: Verify = (signature, message, publicKey) => {
  if (!isWellFormed(signature, publicKey)) return false;
  const [raw, key] = [signature.subarray(1), publicKey.subarray(1)];
  if (verifyEd25519Subset(raw, message, key)) return true;
  try {
    return verifyEd25519Complete(raw, message, key);
  } catch {
    return false; // noble throws where a point does not decode
  }
};

/**
 * For the RPC door: a native no is final, so that strangers can't buy a millisecond of noble each.
 * Stricter than `verify`; decides only what we let in, never what a block may hold.
 */
export const verifyAtDoor: Verify = (signature, message, publicKey) =>
  isWellFormed(signature, publicKey) &&
  verifyEd25519Subset(signature.subarray(1), message, publicKey.subarray(1));

/** Both of their full length, and of the algorithm that is known. */
export function isWellFormed(signature: Uint8Array, publicKey: Uint8Array): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    publicKey.length === PUBLIC_KEY_BYTES &&
    signature[0] === ALGORITHM_ED25519 &&
    publicKey[0] === ALGORITHM_ED25519
  );
}

/** `secretKey` is the 32-byte seed of RFC 8032; `publicKey` carries its algorithm byte. */
export interface KeyPair {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export function keyPairOf(secretKey: Uint8Array): KeyPair {
  return { secretKey, publicKey: concat(ALGORITHM_PREFIX, ed25519PublicKey(secretKey)) };
}

/** Deterministic (RFC 8032): the same message gives the same bytes, as the sign guard needs. */
export function sign(message: Uint8Array, keys: KeyPair): Uint8Array {
  return concat(ALGORITHM_PREFIX, signEd25519(message, keys.secretKey));
}

/** `ed25519:` and base64url of the 32 key bytes. */
export function publicKeyToText(publicKey: Uint8Array): string {
  return TEXT_PREFIX + toBase64url(publicKey.subarray(1));
}

export function publicKeyFromText(text: string): Result<Uint8Array, 'BAD_KEY'> {
  const raw = text.startsWith(TEXT_PREFIX)
    ? fromBase64url(text.slice(TEXT_PREFIX.length))
    : undefined;
  if (raw?.length !== PUBLIC_KEY_BYTES - 1) {
    return failure('BAD_KEY', 'a public key is ed25519: and 43 characters of base64url');
  }
  return success(concat(ALGORITHM_PREFIX, raw));
}
