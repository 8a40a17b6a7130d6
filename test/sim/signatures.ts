/** Keys and signatures of a run: Ed25519 itself, or something as deterministic and much faster. */
import { utf8 } from '../../src/common/bytes.ts';
import { sha256 } from '../../src/common/hash.ts';
import {
  type KeyPair,
  keyPairOf,
  SIGNATURE_BYTES,
  sign,
  type Verify,
  verify,
} from '../../src/common/signature.ts';

export interface Signatures {
  keys(name: string): KeyPair;
  readonly sign: (message: Uint8Array, keys: KeyPair) => Uint8Array;
  readonly verify: Verify;
}

const made = new Map<string, KeyPair>();

function remembered(name: string, make: (seed: Uint8Array) => KeyPair): KeyPair {
  const keys = made.get(name) ?? make(sha256(utf8(`simulated ${name}`)));
  made.set(name, keys);
  return keys;
}

export const realSignatures: Signatures = {
  keys: (name) => remembered(`real ${name}`, keyPairOf),
  sign,
  verify,
};

/** Nobody in a run makes one for a key that it was not given, so none is forged. */
export const fakeSignatures: Signatures = {
  keys: (name) =>
    remembered(`fake ${name}`, (seed) => ({
      secretKey: seed,
      publicKey: Uint8Array.of(1, ...seed),
    })),
  sign: (message, { publicKey }) => fakeSignature(message, publicKey),
  verify: (signature, message, publicKey) => {
    const expected = fakeSignature(message, publicKey);
    if (signature.length !== expected.length) return false;
    for (let i = 0; i < expected.length; i++) if (signature[i] !== expected[i]) return false;
    return true;
  },
};

/** A mix of all bytes of message and key, stretched. */
function fakeSignature(message: Uint8Array, publicKey: Uint8Array): Uint8Array {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (const bytes of [message, publicKey]) {
    for (let i = 0; i < bytes.length; i++) {
      a = Math.imul(a ^ (bytes[i] as number), 0x01000193);
      b = Math.imul(b + (bytes[i] as number), 0x85ebca6b) ^ (b >>> 13);
    }
  }
  const signature = new Uint8Array(SIGNATURE_BYTES);
  signature[0] = 1;
  for (let i = 1; i < SIGNATURE_BYTES; i++) {
    a = Math.imul(a ^ (b >>> 11), 0xc2b2ae35);
    b = (b + 0x6d2b79f5) ^ (a >>> 15);
    signature[i] = a ^ b;
  }
  return signature;
}
