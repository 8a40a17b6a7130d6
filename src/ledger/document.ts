/** Files that people pass around: JSON that names its schema first. Pure. */
import { fromJson, type Json, type Schema, toJson } from '../common/codec/index.ts';
import { type Failure, failure, type Result } from '../common/result.ts';

export type JsonObject = { readonly [name: string]: Json };

/** Undefined: it is no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Undefined where it is something else, whose members nobody must look at: a text of megabytes has
 * one for each of its characters.
 */
export function asObject(json: unknown): JsonObject | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as JsonObject)
    : undefined;
}

export function formatDocument<T>(name: string, schema: Schema<T>, value: T): string {
  const members = toJson(schema, value) as JsonObject;
  return `${JSON.stringify({ schema: name, ...members }, null, 2)}\n`;
}

/** Reads such a file; what is in it is not checked. @param code of every failure */
export function parseDocument<T, C extends string>(
  text: string,
  { name, schema, code }: { readonly name: string; readonly schema: Schema<T>; readonly code: C },
): Result<T, C> {
  const refused = (why: string): Failure<C> => failure(code, why);
  const document = parseJson(text);
  if (document === undefined) return refused('it is no JSON');
  const object = asObject(document);
  if (object?.schema !== name) return refused(`its schema is not ${name}`);
  const { schema: _, ...members } = object;
  const read = fromJson(schema, members);
  return read.ok ? read : refused(read.message);
}
