/**
 * Schemas of what goes over the wire, is hashed, or stands in a file. Each maps a plain object to
 * a tuple and back (`encode`, `decode`) and to JSON and back (`toJson`, `fromJson`). Reading
 * untrusted input never throws: it answers with a code and the path of what was wrong.
 */
import { failure, type Result, success } from '../result.ts';
import { pack, type Wire } from './pack.ts';
import { Reader } from './reader.ts';
import { type DecodeCode, Refusal } from './refusal.ts';

export type { DecodeCode };

export type Json =
  | number
  | string
  | boolean
  | null
  | readonly Json[]
  | { readonly [k: string]: Json };

/** How a value of type T is written and read; all four throw `Refusal` only. */
export interface Schema<T> {
  write(value: T): Wire;
  read(reader: Reader): T;
  toJson(value: T): Json;
  fromJson(json: Json): T;
}

export type TypeOf<S> = S extends Schema<infer T> ? T : never;

/** Canonical bytes of `value`. A value outside its schema is our own mistake and throws. */
export function encode<T>(schema: Schema<T>, value: T): Uint8Array {
  return pack(schema.write(value));
}

/** Reads untrusted bytes of at most `sizeMax`; accepts only what `encode` would give back. */
export function decode<T>(
  schema: Schema<T>,
  bytes: Uint8Array,
  sizeMax: number,
): Result<T, DecodeCode> {
  if (bytes.length > sizeMax) {
    return failure('CODEC_TOO_LARGE', `${bytes.length} bytes where ${sizeMax} are allowed`);
  }
  return guarded(() => {
    const reader = new Reader(bytes);
    const value = schema.read(reader);
    reader.end();
    return value;
  });
}

/** Reads an untrusted, already parsed JSON document; unknown members are refused. */
export function fromJson<T>(
  schema: Schema<T>,
  json: unknown,
): Result<T, 'CODEC_SCHEMA' | 'CODEC_VERSION'> {
  const read = guarded(() => schema.fromJson(json as Json));
  return read as Result<T, 'CODEC_SCHEMA' | 'CODEC_VERSION'>;
}

export function toJson<T>(schema: Schema<T>, value: T): Json {
  return schema.toJson(value);
}

function guarded<T>(read: () => T): Result<T, DecodeCode> {
  try {
    return success(read());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return failure(error.code, error.path === '' ? error.what : `${error.path}: ${error.what}`);
  }
}
