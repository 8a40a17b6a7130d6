/** Byte strings: comparing, joining, and their text forms. Uint8Array only, no Buffer. */
import { fromBase64url, latin1Text, toBase64url, toHex } from '#platform';
import { NO_VALUE, valuesOf } from './alphabet.ts';

export { fromBase64url, toBase64url, toHex };

const HEX_DIGITS = '0123456789abcdef';
const HEX_VALUE = valuesOf(HEX_DIGITS);

export const EMPTY_BYTES = new Uint8Array(0);

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/** Decodes UTF-8, or returns undefined where it is not well-formed. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8Decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Lexicographic order of unsigned bytes, shorter first on a common prefix: <0, 0 or >0. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** Order of ASCII strings (ids, names of attributes): the same on every machine and locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A few bytes as a key for maps: a character below 256 for each, much cheaper than its hex. */
export function keyText(bytes: Uint8Array): string {
  return latin1Text(bytes, 0, bytes.length);
}

/** Writes what `keyText` made a string of. */
export function writeText(target: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
}

/** Lower-case hexadecimal of even length, or undefined. */
export function fromHex(hex: string): Uint8Array | undefined {
  if (hex.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = HEX_VALUE[hex.charCodeAt(2 * i)] ?? NO_VALUE;
    const low = HEX_VALUE[hex.charCodeAt(2 * i + 1)] ?? NO_VALUE;
    if (high === NO_VALUE || low === NO_VALUE) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}
