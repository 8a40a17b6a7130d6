/**
 * Schemas of single values: integers, text, binary and its text forms. Writing checks what reading
 * checks, so that bad values never get out.
 */
import { fromBase64url, fromHex, toBase64url, toHex } from '../bytes.ts';
import { mismatch, Refusal } from './refusal.ts';
import type { Schema } from './schema.ts';

/** An integer that `is` accepts. */
function integer<N extends number>(expected: string, is: (value: number) => boolean): Schema<N> {
  const check = (value: unknown): N =>
    Number.isSafeInteger(value) && is(value as number) ? (value as N) : mismatch(expected);
  return {
    write: (value, writer) => writer.integer(check(value)),
    read: (reader) => check(reader.integer(expected)),
    toJson: check,
    fromJson: check,
  };
}

/** An integer from 0 to `max`. */
export function uint(max: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  return integer(`an integer from 0 to ${max}`, (value) => value >= 0 && value <= max);
}

/** Exactly one number: tags. */
export function literal<const N extends number>(value: N): Schema<N> {
  return integer(`the number ${value}`, (given) => given === value);
}

/** One of some small numbers. */
export function oneOf<const N extends number>(...values: readonly N[]): Schema<N> {
  return integer(`one of ${values.join(', ')}`, (given) => values.some((v) => v === given));
}

/** The one version that is known, as a structure's first field `version`. */
export function version<const N extends number>(known: N): Schema<N> {
  const any = uint();
  const check = (given: number): N => {
    if (given === known) return known;
    throw new Refusal('CODEC_VERSION', `version ${given}, known is ${known}: use another ztc`);
  };
  return {
    write: (value, writer) => any.write(check(value), writer),
    read: (reader) => check(any.read(reader)),
    toJson: (value) => any.toJson(check(value)),
    fromJson: (json) => check(any.fromJson(json)),
  };
}

const BOOLEAN = 'a boolean';
const checkBoolean = (value: unknown): boolean =>
  typeof value === 'boolean' ? value : mismatch(BOOLEAN);

export const bool: Schema<boolean> = {
  write: (value, writer) => writer.boolean(checkBoolean(value)),
  read: (reader) => reader.boolean(BOOLEAN),
  toJson: checkBoolean,
  fromJson: checkBoolean,
};

/** Well-formed text of at most `bytesMax` bytes of UTF-8, optionally of a pattern. */
export function text(bytesMax: number, pattern?: RegExp): Schema<string> {
  const size = `text of at most ${bytesMax} bytes`;
  const expected = pattern === undefined ? size : `${size} like ${pattern.source}`;
  const fit = (value: string): string =>
    pattern === undefined || pattern.test(value) ? value : mismatch(expected);
  const check = (value: unknown): string => {
    // A character has at least one byte: this bounds the work for a huge string.
    if (typeof value !== 'string' || value.length > bytesMax) return mismatch(expected);
    if (!value.isWellFormed() || utf8Length(value) > bytesMax) mismatch(expected);
    return fit(value);
  };
  return {
    write: (value, writer) => writer.text(check(value)),
    read: (reader) => fit(reader.text(bytesMax, expected)),
    toJson: check,
    fromJson: check,
  };
}

function utf8Length(value: string): number {
  let length = 0;
  for (const character of value) {
    const code = character.codePointAt(0) as number;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return length;
}

/** How binary is spelled in JSON: one spelling for each value. */
export interface BinaryText {
  to(bytes: Uint8Array): string;
  from(text: string): Uint8Array | undefined;
}

export const BASE64URL_TEXT: BinaryText = { to: toBase64url, from: fromBase64url };

/** `0x` and lower-case hexadecimal, for hashes of ours. */
export const HEX_TEXT: BinaryText = {
  to: (bytes) => `0x${toHex(bytes)}`,
  from: (spelled) => (spelled.startsWith('0x') ? fromHex(spelled.slice(2)) : undefined),
};

/** No text form is longer than this for each byte, plus a prefix. */
const TEXT_LENGTH_PER_BYTE = 2;
const TEXT_PREFIX_MAX = 16;

/** Binary of at most `max` bytes that `is` accepts. */
export function binary(
  expected: string,
  max: number,
  is: (bytes: Uint8Array) => boolean,
  spelling: BinaryText = BASE64URL_TEXT,
): Schema<Uint8Array> {
  const textMax = max * TEXT_LENGTH_PER_BYTE + TEXT_PREFIX_MAX;
  const check = (value: unknown): Uint8Array =>
    value instanceof Uint8Array && value.length <= max && is(value) ? value : mismatch(expected);
  return {
    write: (value, writer) => writer.binary(check(value)),
    read: (reader) => {
      const bytes = reader.binary(max, expected);
      return is(bytes) ? bytes : mismatch(expected);
    },
    toJson: (value) => spelling.to(check(value)),
    fromJson: (json) => {
      if (typeof json !== 'string' || json.length > textMax) return mismatch(expected);
      return check(spelling.from(json));
    },
  };
}

/** Binary of exactly `length` bytes. */
export function bytesOf(length: number, spelling: BinaryText = HEX_TEXT): Schema<Uint8Array> {
  return binary(`${length} bytes`, length, (bytes) => bytes.length === length, spelling);
}

/** Binary of at most `max` bytes. */
export function bytesUpTo(max: number): Schema<Uint8Array> {
  return binary(`at most ${max} bytes`, max, () => true);
}
