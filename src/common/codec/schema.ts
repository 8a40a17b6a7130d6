/**
 * Schemas of what goes over the wire, is hashed, or stands in a file. Each maps a plain object to
 * a tuple and back (`encode`, `decode`) and to JSON and back (`toJson`, `fromJson`). Reading
 * untrusted input never throws: it answers with a code and the path of what was wrong.
 */
import type { Arena } from '../arena.ts';
import { type Failure, failure, type Result, success } from '../result.ts';
import { Reader } from './reader.ts';
import { type DecodeCode, Refusal } from './refusal.ts';
import { Writer } from './writer.ts';

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
  write(value: T, writer: Writer): void;
  read(reader: Reader): T;
  toJson(value: T): Json;
  fromJson(json: Json): T;
}

export type TypeOf<S> = S extends Schema<infer T> ? T : never;

/** Canonical bytes of `value`. A value outside its schema is our own mistake and throws. */
export function encode<T>(schema: Schema<T>, value: T): Uint8Array {
  try {
    schema.write(value, writer);
    return writer.take();
  } finally {
    writer.reset();
  }
}

/** As `encode`, in memory of `arena`: for values that live about as long as others there. */
export function encodeIn<T>(arena: Arena, schema: Schema<T>, value: T): Uint8Array {
  try {
    schema.write(value, writer);
    return writer.takeIn(arena);
  } finally {
    writer.reset();
  }
}

/** One for all: writing is synchronous, and no schema encodes another value meanwhile. */
const writer = new Writer();

/** Reads untrusted bytes of at most `sizeMax`; accepts only what `encode` would give back. */
export function decode<T>(
  schema: Schema<T>,
  bytes: Uint8Array,
  sizeMax: number,
): Result<T, DecodeCode> {
  const large = tooLarge(bytes, sizeMax);
  return large ?? guarded(() => readWhole(schema, new Reader(bytes)));
}

/**
 * As `decode`, but binary in the value is a view of `bytes`, which are kept as long as any of it:
 * for what is kept with its bytes, in memory that nobody else writes.
 */
export function decodeViews<T>(
  schema: Schema<T>,
  bytes: Uint8Array,
  sizeMax: number,
): Result<T, DecodeCode> {
  const large = tooLarge(bytes, sizeMax);
  return large ?? guarded(() => readWhole(schema, new Reader(bytes, true)));
}

function readWhole<T>(schema: Schema<T>, reader: Reader): T {
  const value = schema.read(reader);
  reader.end();
  return value;
}

function tooLarge(bytes: Uint8Array, sizeMax: number): Failure<DecodeCode> | undefined {
  return bytes.length > sizeMax
    ? failure('CODEC_TOO_LARGE', `${bytes.length} bytes where ${sizeMax} are allowed`)
    : undefined;
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
