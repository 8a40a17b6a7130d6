/**
 * The cipher of encrypted connections, at what it has to cost. Node's cipher takes a key as bytes
 * too, but then asks first whether they are a key object of one kind or the other, and learns each
 * no from an exception: 12 µs a message and more, deep in libp2p's stack, where the cipher itself
 * takes 5. So it gets a key object. The shortest messages go to noise's own implementation in
 * WebAssembly, which has less to set up.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { ICryptoInterface } from '@chainsafe/libp2p-noise';
import { asCrypto, defaultCrypto, nodeCrypto } from '@chainsafe/libp2p-noise/crypto';

/** Where both take the same time; noise's own choice between them is at 1,200. */
const SHORT_BYTES_MAX = 256;

/** By the bytes of a key, which a connection keeps as long as it lasts. */
const keyObjects = new WeakMap<Uint8Array, KeyObject>();

/** As the types of noise have it, though it only hands the key on to node. */
function keyOf(bytes: Uint8Array): Uint8Array {
  let key = keyObjects.get(bytes);
  if (key === undefined) {
    key = createSecretKey(bytes);
    keyObjects.set(bytes, key);
  }
  return key as unknown as Uint8Array;
}

export const noiseCrypto: ICryptoInterface = {
  ...defaultCrypto,
  chaCha20Poly1305Encrypt: (plaintext, nonce, ad, key) =>
    plaintext.byteLength <= SHORT_BYTES_MAX
      ? asCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, key)
      : nodeCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, keyOf(key)),
  chaCha20Poly1305Decrypt: (ciphertext, nonce, ad, key, into) =>
    ciphertext.byteLength <= SHORT_BYTES_MAX
      ? asCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key, into)
      : nodeCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, keyOf(key)),
};
