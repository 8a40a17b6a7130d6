/** The functions of `node.ts` beside it, in pure JavaScript. */
import { getPublicKey, hashes, sign, verify } from '@noble/ed25519';
import { sha256 as nobleSha256, sha512 } from '@noble/hashes/sha2.js';
import { BASE64URL, NO_VALUE, valuesOf } from '../alphabet.ts';

/** Takes a quarter of a page's script that the curves of `node.ts` would; it has no hash itself. */
function withHash<T>(use: () => T): T {
  hashes.sha512 = sha512;
  return use();
}

const utf8Encoder = new TextEncoder();

/** What a byte is in hexadecimal. */
const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}

export function sha256Text(input: Uint8Array | string): string {
  const bytes = typeof input === 'string' ? utf8Encoder.encode(input) : input;
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

/** Exactly ZIP-215. @throws where a point does not decode */
export function verifyEd25519Complete(
  signature: Uint8Array,
  message: Uint8Array,
  key: Uint8Array,
): boolean {
  return withHash(() => verify(signature, message, key, { zip215: true }));
}

export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return withHash(() => getPublicKey(seed));
}

/** In lower case. */
export function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += HEX_OF_BYTE[byte];
  return hex;
}

/** What a character of the alphabet stands for, by its code. */
const BASE64URL_VALUE = valuesOf(BASE64URL);

/** RFC 4648 section 5 without padding; undefined for other characters or non-zero spare bits. */
export function fromBase64url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let buffered = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const value = BASE64URL_VALUE[text.charCodeAt(i)] ?? NO_VALUE;
    if (value === NO_VALUE) return undefined;
    buffered = ((buffered << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffered >> bits) & 0xff;
    }
  }
  return (buffered & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** Arguments of one call at most: engines differ in how many they take. */
const ARGUMENTS_MAX = 4_096;

/** A character below 256 for each byte from `from` up to `to`. */
export function latin1Text(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at += ARGUMENTS_MAX) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(to, at + ARGUMENTS_MAX)));
  }
  return text;
}

/** RFC 4648 section 5 without padding. */
export function toBase64url(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += BASE64URL.charAt(word >> 18) + BASE64URL.charAt((word >> 12) & 63);
    if (left > 1) text += BASE64URL.charAt((word >> 6) & 63);
    if (left > 2) text += BASE64URL.charAt(word & 63);
  }
  return text;
}

export function signEd25519(message: Uint8Array, seed: Uint8Array): Uint8Array {
  return withHash(() => sign(message, seed));
}
