/** One test vector: a structure, its JSON form, bytes and hashes; or bytes and why not. */
import { toHex } from '../../../src/common/bytes.ts';
import { encode, type Json, type Schema } from '../../../src/common/codec/index.ts';
import { jsonOf, STRUCTURES } from './structures.ts';

export interface Vector {
  readonly name: string;
  readonly structure: string;
  /** The JSON form, where there is one. */
  readonly value: Json;
  readonly bytes: string;
  /** What is computed from it, each in hexadecimal. */
  readonly hashes?: Readonly<Record<string, string>>;
}

export interface InvalidVector {
  readonly name: string;
  readonly structure: string;
  readonly bytes: string;
  readonly code: string;
}

type Hashes = Readonly<Record<string, Uint8Array>>;

export function bytesVector(
  name: string,
  structure: string,
  bytes: Uint8Array,
  hashes?: Hashes,
): Vector {
  const known = STRUCTURES[structure];
  if (known === undefined) throw new Error(`no structure ${structure}`);
  const base = { name, structure, value: jsonOf(known, bytes), bytes: toHex(bytes) };
  if (hashes === undefined) return base;
  const spelled = Object.entries(hashes).map(([what, hash]) => [what, toHex(hash)]);
  return { ...base, hashes: Object.fromEntries(spelled) };
}

export function vector<T>(
  name: string,
  structure: string,
  schema: Schema<T>,
  value: T,
  hashes?: Hashes,
): Vector {
  return bytesVector(name, structure, encode(schema, value), hashes);
}

/** Invalid bytes with the code that the structure's check gives them. */
export function invalid(name: string, structure: string, bytes: Uint8Array): InvalidVector {
  const code = STRUCTURES[structure]?.check(bytes) ?? 'ok';
  if (code === 'ok') throw new Error(`${name} is valid`);
  return { name, structure, bytes: toHex(bytes), code };
}

/** What one file holds. */
export interface VectorFile {
  readonly vectors: readonly Vector[];
  readonly invalid: readonly InvalidVector[];
}
