/** The functions of `node.ts` beside it, in pure JavaScript. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}

export function sha256Text(bytes: Uint8Array): string {
  return String.fromCharCode(...nobleSha256(bytes));
}

/** No faster subset check here: never decides, so the caller asks the complete one. */
export function verifyEd25519Subset(
  _signature: Uint8Array,
  _message: Uint8Array,
  _key: Uint8Array,
): boolean {
  return false;
}

export function signEd25519(message: Uint8Array, seed: Uint8Array): Uint8Array {
  return ed25519.sign(message, seed);
}
