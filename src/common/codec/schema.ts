/**
 * Schemas of what goes over the wire, is hashed, or stands in a file. Each maps a plain object to a
 * tuple and back (`encode`, `decode`) and to JSON and back (`toJson`, `fromJson`). Reading untrusted
 * input never throws: it answers with a code and the path of what was wrong.
 */
import { failure, type Result, success } from '../result.ts';
import { pack, unpack, type Wire } from './pack.ts';
import { type ScanCode, scan } from './scan.ts';

export type DecodeCode = ScanCode | 'CODEC_SCHEMA';

export type Json =
  | number
  | string
  | boolean
  | null
  | readonly Json[]
  | { readonly [k: string]: Json };

/** How a value of type T is written and read; the readers throw `SchemaMismatch` only. */
export interface Schema<T> {
  write(value: T): Wire;
  read(wire: Wire, path: string): T;
  toJson(value: T): Json;
  fromJson(json: Json, path: string): T;
}

export type TypeOf<S> = S extends Schema<infer T> ? T : never;

/** Thrown by schemas, caught by `decode` and `fromJson` below. */
export class SchemaMismatch extends Error {}

export function mismatch(path: string, expected: string): never {
  throw new SchemaMismatch(`${path || 'value'}: expected ${expected}`);
}

/** Canonical bytes of `value`. A value outside its schema is our own mistake and throws. */
export function encode<T>(schema: Schema<T>, value: T): Uint8Array {
  return pack(schema.write(value));
}

/** Reads untrusted bytes of at most `sizeMax`. */
export function decode<T>(
  schema: Schema<T>,
  bytes: Uint8Array,
  sizeMax: number,
): Result<T, DecodeCode> {
  const scanned = scan(bytes, sizeMax);
  if (!scanned.ok) return scanned;
  return guarded(() => schema.read(unpack(bytes), ''));
}

/** Reads an untrusted, already parsed JSON document; unknown members are refused. */
export function fromJson<T>(schema: Schema<T>, json: unknown): Result<T, 'CODEC_SCHEMA'> {
  return guarded(() => schema.fromJson(json as Json, ''));
}

export function toJson<T>(schema: Schema<T>, value: T): Json {
  return schema.toJson(value);
}

function guarded<T>(read: () => T): Result<T, 'CODEC_SCHEMA'> {
  try {
    return success(read());
  } catch (error) {
    if (error instanceof SchemaMismatch) return failure('CODEC_SCHEMA', error.message);
    throw error;
  }
}
