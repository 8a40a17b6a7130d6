/** Schemas of single values: integers, text, binary and its text forms. */
import { fromBase64url, fromHex, toBase64url, toHex } from '../bytes.ts';
import type { Wire } from './pack.ts';
import { type Json, mismatch, type Schema } from './schema.ts';

/** A schema whose writing checks what its reading checks, so that bad values never get out. */
function plain<T extends number | string | boolean>(
  expected: string,
  is: (value: unknown) => boolean,
): Schema<T> {
  const check = (value: unknown, path: string): T => {
    if (!is(value)) mismatch(path, expected);
    return value as T;
  };
  const write = (value: T): T => check(value, 'written value');
  return { write, read: check, toJson: write, fromJson: check };
}

/** An integer from 0 to `max`. */
export function uint(max: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  return plain(
    `an integer from 0 to ${max}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max,
  );
}

/** Exactly one number: versions and tags. */
export function literal<const N extends number>(value: N): Schema<N> {
  return plain<N>(`the number ${value}`, (given) => given === value);
}

/** One of some small numbers. */
export function oneOf<const N extends number>(...values: readonly N[]): Schema<N> {
  return plain<N>(`one of ${values.join(', ')}`, (given) => values.some((v) => v === given));
}

export const bool: Schema<boolean> = plain('a boolean', (value) => typeof value === 'boolean');

/** Well-formed text of at most `bytesMax` bytes of UTF-8, optionally of a pattern. */
export function text(bytesMax: number, pattern?: RegExp): Schema<string> {
  return plain(
    pattern === undefined ? `text of at most ${bytesMax} bytes` : `text like ${pattern.source}`,
    (value) =>
      typeof value === 'string' &&
      value.isWellFormed() &&
      utf8Length(value) <= bytesMax &&
      (pattern === undefined || pattern.test(value)),
  );
}

function utf8Length(value: string): number {
  let length = 0;
  for (const character of value) {
    const code = character.codePointAt(0) as number;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return length;
}

/** How binary is spelled in JSON. */
export interface BinaryText {
  to(bytes: Uint8Array): string;
  from(text: string): Uint8Array | undefined;
}

export const BASE64URL_TEXT: BinaryText = { to: toBase64url, from: fromBase64url };

/** `0x` and lower-case hexadecimal, for hashes of ours. */
export const HEX_TEXT: BinaryText = {
  to: (bytes) => `0x${toHex(bytes)}`,
  from: (text) => (text.startsWith('0x') ? fromHex(text.slice(2)) : undefined),
};

/** Binary that `is` accepts. */
export function binary(
  expected: string,
  is: (bytes: Uint8Array) => boolean,
  spelling: BinaryText = BASE64URL_TEXT,
): Schema<Uint8Array> {
  const check = (value: Wire | undefined, path: string): Uint8Array => {
    if (!(value instanceof Uint8Array) || !is(value)) return mismatch(path, expected);
    return value;
  };
  return {
    write: (value) => check(value, 'written value'),
    read: check,
    toJson: (value) => spelling.to(check(value, 'written value')),
    fromJson: (json: Json, path) =>
      check(typeof json === 'string' ? spelling.from(json) : undefined, path),
  };
}

/** Binary of exactly `length` bytes. */
export function bytesOf(length: number, spelling: BinaryText = HEX_TEXT): Schema<Uint8Array> {
  return binary(`${length} bytes`, (bytes) => bytes.length === length, spelling);
}

/** Binary of at most `max` bytes. */
export function bytesUpTo(max: number): Schema<Uint8Array> {
  return binary(`at most ${max} bytes`, (bytes) => bytes.length <= max);
}
